import { expected } from '@oneface/common/errors/errors';
import { readFileWithin, readRange, withFile } from '../files/bounded-read.js';
import { unpickle } from './pickle.js';
import { torchGlobals } from './torch-globals.js';
import { LEGACY_MAGIC, readTorchLegacy } from './torch-legacy.js';
import { withTorchZip } from './torch-zip.js';

/** How a checkpoint's object and its tensors are packed. */
export type Container = 'torch-zip' | 'torch-legacy' | 'pickle';

/** What a checkpoint file holds. */
export interface Checkpoint {
  readonly container: Container;
  /** the object that was saved, in the values that `unpickle` describes, tensors as `TorchTensor` */
  readonly object: unknown;
}

/** Containers without an index are read whole. The largest published StyleGAN2 file has under 1 GiB. */
const LARGEST_STREAM = 2 ** 32;
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];
/** The opcode that every pickle since protocol 2 starts with. */
const PICKLE_START = [0x80];

/**
 * Opens a checkpoint: a file of torch.save in either container, or a plain pickle of objects with tensors.
 * The kind is told by the content, not the name. Nothing in the file is run.
 *
 * @param file the checkpoint
 * @param use gets what the file holds; its tensors can be read until `use` is done
 * @throws InputError if the file cannot be read, is of another kind, is cut off or malformed, or refers to
 *   anything but tensors, plain containers and the settings that StyleGAN2 checkpoints carry
 */
export async function withCheckpoint<T>(
  file: string,
  use: (checkpoint: Checkpoint) => Promise<T>,
): Promise<T> {
  const start = await withFile(file, (handle, size) => readRange(handle, file, 0, Math.min(size, 4)));
  if (startsWith(start, ZIP_START)) {
    return withTorchZip(file, torchGlobals(file), (object) => use({ container: 'torch-zip', object }));
  }
  if (!startsWith(start, PICKLE_START)) {
    const hex = Buffer.from(start).toString('hex');
    throw expected(
      'a checkpoint of torch.save or a pickle',
      file,
      `a file that starts with ${hex || 'nothing'}`,
    );
  }
  return use(readStream(await readFileWithin(file, LARGEST_STREAM), file));
}

function readStream(bytes: Uint8Array, file: string): Checkpoint {
  const loadFromBytes = (nested: Uint8Array) => readTorchLegacy(nested, file, torchGlobals(file));
  const first = unpickle(bytes, file, { globals: torchGlobals(file, loadFromBytes) });
  if (first.value !== LEGACY_MAGIC) return { container: 'pickle', object: first.value };
  return { container: 'torch-legacy', object: readTorchLegacy(bytes, file, torchGlobals(file)) };
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
