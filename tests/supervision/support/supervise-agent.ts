import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type AgentMaterial, writeAgentConfig } from '../../agent/agent-config.js';
import type { Runtime } from '../../agent/program.js';
import { projectFile } from '../../support/paths.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { readServiceUnit } from './service-unit.js';
import { type Supervisor, supervise } from './supervise.js';

/** What comes from systemd is so many times faster than on a device; the agent itself is as it is there. */
const SPEED = 5;

/** The real agent under a supervisor with the settings of the unit, and its folder. */
export interface SupervisedAgent {
  readonly supervisor: Supervisor;
  readonly folder: string;
}

/**
 * Has the real agent run as a service, without a broker: one that is away is no standstill.
 *
 * @param runtime gives where Node runs, in what folder the agent has
 */
export async function superviseAgent(
  t: ExecutionContext,
  material: AgentMaterial,
  runtime: (folder: string) => Runtime,
): Promise<SupervisedAgent> {
  const unit = await readServiceUnit();
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'state'));
  const config = await writeAgentConfig(folder, material);
  const { command, env } = runtime(folder);
  const variables = Object.entries(env)
    .filter(([name, value]) => process.env[name] !== value)
    .map(([name, value]) => `${name}=${value}`);
  const settings = {
    watchdogSec: unit.seconds('WatchdogSec') / SPEED,
    timeoutAbortSec: unit.seconds('TimeoutAbortSec') / SPEED,
    restartSec: unit.seconds('RestartSec') / SPEED,
    watchdogSignal: unit.value('WatchdogSignal'),
    abstract: false,
  };
  const agent = [...command, projectFile('src/edge/dist/main.js'), 'run', '--config', config];
  return { supervisor: supervise(t, settings, ['env', ...variables, ...agent]), folder };
}
