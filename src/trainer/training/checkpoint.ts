import { existsSync } from 'node:fs';
import { expected } from '@oneface/common/errors/errors';
import { onlyFloats } from '../tensors/safetensors.js';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors-file.js';
import type { Tensor } from '../tensors/tensor.js';
import type { ScheduledAdam } from './scheduled-adam.js';
import type { Trainable } from './trainable.js';

const WEIGHTS = 'weights/';
const OPTIMIZER = 'optimizer/';

/** Writes a training's whole state, in one atomic step. */
export async function writeCheckpoint(
  file: string,
  step: number,
  network: Trainable,
  optimizer: ScheduledAdam,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of network.weights()) tensors.set(WEIGHTS + name, tensor);
  for (const [name, tensor] of await optimizer.state()) tensors.set(OPTIMIZER + name, tensor);
  await writeSafetensors(file, tensors, { step: String(step) });
}

/**
 * Puts a checkpoint's state back.
 *
 * @returns the number of steps that are done; 0 when there is no checkpoint
 * @throws InputError when the checkpoint belongs to another network
 */
export async function readCheckpoint(
  file: string,
  network: Trainable,
  optimizer: ScheduledAdam,
): Promise<number> {
  if (!existsSync(file)) return 0;
  const { tensors: stored, metadata } = await readSafetensors(file);
  const tensors = onlyFloats(stored, file);
  const step = Number(metadata.step);
  if (!Number.isInteger(step) || step < 0) throw expected('a step count', file, metadata.step);
  network.setWeights(withPrefix(tensors, WEIGHTS));
  if (step > 0) await optimizer.restore(withPrefix(tensors, OPTIMIZER), network.variables);
  return step;
}

function withPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  const found = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
