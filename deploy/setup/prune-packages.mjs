import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

/** Where jpeg-turbo keeps its own: a folder for each system and processor, perhaps with the C library. */
const PREBUILDS = 'node_modules/@julusian/jpeg-turbo/prebuilds';

/** Where onnxruntime-node keeps its libraries: a folder for each system, in it one for each processor. */
const LIBRARIES = 'node_modules/onnxruntime-node/bin/napi-v6';

/** sharp as WebAssembly, which stands in where there is no library; npm 10 installs it everywhere. */
const WEB_ASSEMBLY = ['node_modules/@img/sharp-wasm32', 'node_modules/@emnapi'];

/** What packages bring for compilers, debuggers and readers. */
const NEVER_LOADED = /\.(map|[cm]?ts|md|markdown)$/i;

/** What states the terms of a package. */
const TERMS = /^(licen[cs]e|notice|copying)/i;

/**
 * The steps that leave of the installed packages only what a program of this machine can load.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step[]}
 */
export function pruneSteps(root) {
  return [foreignBinariesStep(root), neverLoadedStep(root)];
}

/**
 * The step that removes the libraries which this machine cannot load: the packages of ONNX Runtime and
 * jpeg-turbo hold those of every system, 300 MB of them.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step}
 */
function foreignBinariesStep(root) {
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
      for (const path of WEB_ASSEMBLY) await rm(join(root, path), { recursive: true, force: true });
    },
  };
}

/**
 * The step that removes declarations, source maps and most readmes: 17 MB on the disk, of 2,000 small files.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step}
 */
function neverLoadedStep(root) {
  return {
    title: 'Removing what no program loads',
    run: () => removeNeverLoaded(join(root, 'node_modules')),
  };
}

/**
 * Follows no link: those of the workspaces lead to the project's own sources, and from Node 22 on a recursive
 * readdirSync goes there.
 *
 * @param {string} folder
 */
async function removeNeverLoaded(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.map(({ name }) => name);
  // Where a package has no file for its terms its readme states them, as that of libvips does.
  const isReadmeKept = names.includes('package.json') && !names.some((name) => TERMS.test(name));
  const kept = isReadmeKept ? /^readme/i : TERMS;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await removeNeverLoaded(path);
    else if (entry.isFile() && NEVER_LOADED.test(entry.name) && !kept.test(entry.name)) await rm(path);
  }
}
