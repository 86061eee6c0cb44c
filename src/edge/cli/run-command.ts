import { lockState, makeStateFolder, openOverrides } from '../agent/agent-state.js';
import { runAgent } from '../agent/run-agent.js';
import { readCommandLine } from '../config/command-line.js';
import { readConfig } from '../config/load-config.js';
import type { AgentConfig } from '../config/schema.js';
import { createSettings, currentConfig } from '../config/settings.js';
import { createLogger } from '../logging/logger.js';
import type { CliWorld } from './world.js';

/** The command `run`: the agent, until the frames end or it is told to stop. */
export async function runCommand(args: readonly string[], world: CliWorld): Promise<number> {
  const {
    config: [file],
  } = readCommandLine({ positionals: [], options: ['config'] }, args);
  const { json, folder, config } = await readConfig(file);
  const logger = (options: AgentConfig['log']) =>
    createLogger({ ...options, now: world.clock.now, write: world.stderr });
  await makeStateFolder(config.state);
  const lock = await lockState(config.state, logger(config.log));
  try {
    const overrides = await openOverrides(config.state, logger(config.log));
    await overrides.beginStart();
    const settings = createSettings(json, folder, overrides);
    const current = await currentConfig(settings, logger(config.log));
    const lost = await runAgent(
      current,
      settings,
      { ...world, stop: world.catchSignals() },
      logger(current.log),
    );
    return lost === 0 ? 0 : 1;
  } finally {
    await lock?.release();
  }
}
