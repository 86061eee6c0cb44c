import { openOverrides, openTimeKeeper } from '../agent/agent-state.js';
import { type CheckResult, diagnose } from '../commands/diagnose.js';
import { standaloneChecks } from '../commands/standalone-checks.js';
import { readCommandLine } from '../config/command-line.js';
import { readConfig } from '../config/load-config.js';
import { createSettings, currentConfig } from '../config/settings.js';
import { createLogger } from '../logging/logger.js';
import type { CliWorld } from './world.js';

/**
 * The command `diagnose`: tries each part of the device for itself and prints a line for each.
 *
 * @returns 0 when all are well, else 1
 */
export async function diagnoseCommand(args: readonly string[], world: CliWorld): Promise<number> {
  const {
    config: [file],
  } = readCommandLine({ positionals: [], options: ['config'] }, args);
  const { clock, sleep, random, env } = world;
  const { json, folder, config: onFile } = await readConfig(file);
  const log = createLogger({ level: 'error', format: 'text', now: clock.now, write: world.stderr });
  const overrides = await openOverrides(onFile.state, log);
  const config = await currentConfig(createSettings(json, folder, overrides), log);
  const stop = world.catchSignals();
  const time = await openTimeKeeper(config.state, world, log);
  await time.check(stop);
  const checks = standaloneChecks({
    config,
    env,
    clock,
    time,
    frames: {
      clock,
      sleep,
      random,
      env,
      log,
      onSkipped: (error) => log.warn('picture passed over', { error }),
    },
    residentBytes: () => process.memoryUsage.rss(),
    availableMemory: () => process.availableMemory(),
  });
  const results = Object.entries<CheckResult>(await diagnose(checks, { sleep, log }, stop));
  for (const [name, { ok, detail }] of results) {
    world.stdout(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(11)} ${detail}\n`);
  }
  return results.every(([, { ok }]) => ok) ? 0 : 1;
}
