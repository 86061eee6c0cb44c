import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../config/load-config.js';
import type { AgentConfig } from '../config/schema.js';

/** What the agent of a bench is told. */
export interface BenchSetting {
  readonly device: string;
  readonly frames: string;
  readonly bundle: string;
  readonly keys: readonly string[];
  readonly broker: string;
  /** Absolute; the configuration and the agent's state go there. */
  readonly folder: string;
}

/**
 * Writes the configuration of an agent that reports every frame as fast as it can.
 *
 * @returns the file, and what it says
 * @throws InputError when a value is not one that the agent takes
 */
export async function writeBenchConfig(
  setting: BenchSetting,
): Promise<{ file: string; config: AgentConfig }> {
  const { device, frames, bundle, keys, broker, folder } = setting;
  const json = {
    device,
    source: { kind: 'folder', path: frames, repeat: true },
    bundle,
    trustedKeys: keys,
    state: join(folder, 'state'),
    mqtt: { url: broker },
    frames: { perSecond: 100 },
    wake: { mode: 'always' },
    report: { mode: 'frames' },
    health: { port: false },
    log: { level: 'warn' },
  };
  // Relative paths are the caller's, not the file's.
  const config = parseConfig(json, process.cwd());
  const file = join(folder, `${device}.json`);
  const { source, bundle: bundleFile, trustedKeys } = config;
  await writeFile(file, JSON.stringify({ ...json, source, bundle: bundleFile, trustedKeys }));
  return { file, config };
}
