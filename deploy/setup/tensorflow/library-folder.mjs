import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expected } from '../setup-error.mjs';

const HEADER = 'include/tensorflow/c/c_api.h';
const NAMES = ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow.so'];
const FRAMEWORK_NAMES = ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'];

/**
 * Finds headers and shared libraries in a folder that holds TensorFlow: either with include/ and lib/, as
 * the C library is published, or as in the Python package, with the libraries in the folder itself.
 *
 * @param {string} folder
 * @returns {{ include: string, lib: string, library: string, framework: string }} absolute paths
 * @throws {import('../setup-error.mjs').SetupError} if the folder holds neither
 */
export function findLibrary(folder) {
  for (const lib of [join(folder, 'lib'), folder]) {
    const library = NAMES.map((name) => join(lib, name)).find(existsSync);
    const framework = FRAMEWORK_NAMES.map((name) => join(lib, name)).find(existsSync);
    if (library && framework && existsSync(join(folder, HEADER))) {
      return { include: join(folder, 'include'), lib, library, framework };
    }
  }
  throw expected(
    'a folder with TensorFlow in it (include/ and lib/, or the folder "tensorflow" of its Python package)',
    'ONEFACE_TENSORFLOW',
    JSON.stringify(folder),
  );
}
