import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expected, InputError, IntegrityError } from '@oneface/common/errors/errors';
import { readFileWithin } from '../files/bounded-read.js';
import { isSystemError } from '../files/system-error.js';
import { decodeSafetensors, encodeSafetensors, onlyFloats } from '../tensors/safetensors.js';
import { writeSafetensors } from '../tensors/safetensors-file.js';
import type { Tensor } from '../tensors/tensor.js';
import type { ScheduledAdam } from './scheduled-adam.js';
import type { Trainable } from './trainable.js';

const WEIGHTS = 'weights/';
const OPTIMIZER = 'optimizer/';
const LARGEST_CHECKPOINT = 2 ** 32;

/** Writes a training's whole state with its checksum, in one atomic step. */
export async function writeCheckpoint(
  file: string,
  step: number,
  network: Trainable,
  optimizer: ScheduledAdam,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of network.weights()) tensors.set(WEIGHTS + name, tensor);
  for (const [name, tensor] of await optimizer.state()) tensors.set(OPTIMIZER + name, tensor);
  const metadata = { step: String(step) };
  await writeSafetensors(file, tensors, { ...metadata, sha256: checksum(tensors, metadata) });
}

/**
 * Puts a checkpoint's state back, if it is the one that was written.
 *
 * @param read reads a whole file
 * @returns the number of steps that are done; 0 when there is no checkpoint
 * @throws IntegrityError when it is damaged; network and optimiser are left as they were
 * @throws InputError when it may not be read, or belongs to another network
 */
export async function readCheckpoint(
  file: string,
  network: Trainable,
  optimizer: ScheduledAdam,
  read: typeof readFileWithin = readFileWithin,
): Promise<number> {
  if (!existsSync(file)) return 0;
  const { step, tensors } = await undamaged(file, read);
  network.setWeights(withPrefix(tensors, WEIGHTS));
  if (step > 0) await optimizer.restore(withPrefix(tensors, OPTIMIZER), network.variables);
  return step;
}

async function undamaged(file: string, read: typeof readFileWithin) {
  const bytes = await read(file, LARGEST_CHECKPOINT).catch((cause: unknown) => {
    throw isSystemError(cause, 'EIO') ? damaged(cause) : cause;
  });
  try {
    const { tensors: stored, metadata } = decodeSafetensors(bytes, file);
    const tensors = onlyFloats(stored, file);
    const { sha256, ...others } = metadata;
    if (sha256 === undefined) throw expected('a checksum', file, undefined);
    const found = checksum(tensors, others);
    if (sha256 !== found) throw expected(`SHA-256 ${sha256}`, file, found);
    return { step: Number(others.step), tensors };
  } catch (cause) {
    throw cause instanceof InputError ? damaged(cause) : cause;
  }
}

function damaged(cause: Error): IntegrityError {
  return new IntegrityError(cause.message, { cause });
}

/** SHA-256, in hex, of the file that would hold all this but no checksum. */
function checksum(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(encodeSafetensors(tensors, metadata)).digest('hex');
}

function withPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  const found = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
