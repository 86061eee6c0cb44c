import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../mqtt/support/brokers.js';
import type { BundleFiles } from './color-bundle.js';

/** What an agent runs on: a signed bundle, and a folder of frames or a single one. */
export interface AgentMaterial {
  readonly files: BundleFiles;
  readonly frames: string;
}

/**
 * Writes the configuration of an agent that shows its frames again and again until it is stopped. Nobody
 * listens at its broker, and it serves no figures.
 *
 * @param folder gets `config.json`, and `state` beside it when the agent starts
 * @param changes what is other than that
 * @returns the path of the file
 */
export async function writeAgentConfig(
  folder: string,
  { files, frames }: AgentMaterial,
  changes: object = {},
): Promise<string> {
  const config = join(folder, 'config.json');
  const settings = {
    device: 'door-1',
    source: { kind: 'folder', path: frames, repeat: true },
    bundle: files.bundle,
    trustedKeys: [files.key],
    mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
    health: { port: false },
    ...changes,
  };
  await writeFile(config, JSON.stringify(settings));
  return config;
}
