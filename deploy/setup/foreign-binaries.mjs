import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

/** Where onnxruntime-node keeps its libraries: a folder for each system, in it one for each processor. */
const LIBRARIES = 'node_modules/onnxruntime-node/bin/napi-v6';

/**
 * The step that removes the libraries of ONNX Runtime which this machine cannot load: its package holds those
 * of every system, 290 MB of them.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step}
 */
export function foreignBinariesStep(root) {
  return {
    title: 'Removing the libraries of other systems',
    run: async () => {
      const folder = join(root, LIBRARIES);
      for (const system of readdirSync(folder)) {
        for (const processor of readdirSync(join(folder, system))) {
          if (system === process.platform && processor === process.arch) continue;
          await rm(join(folder, system, processor), { recursive: true });
        }
      }
    },
  };
}
