import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

/** Where jpeg-turbo keeps its own: a folder for each system and processor, perhaps with the C library. */
const PREBUILDS = 'node_modules/@julusian/jpeg-turbo/prebuilds';

/** Where onnxruntime-node keeps its libraries: a folder for each system, in it one for each processor. */
const LIBRARIES = 'node_modules/onnxruntime-node/bin/napi-v6';

/**
 * The step that removes the libraries which this machine cannot load: the packages of ONNX Runtime and
 * jpeg-turbo hold those of every system, 300 MB of them.
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
      const own = `jpeg-turbo-${process.platform}-${process.arch}`;
      for (const name of readdirSync(join(root, PREBUILDS))) {
        // One of musl begins with the name of the other.
        if (!name.startsWith(own)) await rm(join(root, PREBUILDS, name), { recursive: true });
      }
    },
  };
}
