/**
 * Loads TensorFlow's native library, once, before anything else may import tfjs-node.
 *
 * Importing this module is the act: it throws `UnavailableError` unless the native backend runs. It stands
 * apart from tensorflow.ts because only an earlier import can prepare what a later import finds.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import util from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import type * as tfjs from '@tensorflow/tfjs-node';

// Read once, when the library is loaded: 2 keeps its errors. Two lines that it writes before reading remain.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

// tfjs-node 4.22 calls these functions, which Node 22 warns about; Node 23 dropped the first.
Object.assign(util, {
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  isArray: Array.isArray,
});

const backend = load().getBackend();
if (backend !== 'tensorflow') {
  throw new UnavailableError(`Expected TensorFlow's backend to be "tensorflow" but received "${backend}"`);
}

function load(): typeof tfjs {
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node');
  } catch (cause) {
    throw new UnavailableError("TensorFlow's native library cannot be loaded. Run: npm run setup", { cause });
  }
}
