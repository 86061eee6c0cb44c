import { expected } from '@oneface/common/errors/errors';
import type { GeneratorState } from './generator-state.js';
import { kindOf } from './pickle-values.js';
import { TorchTensor } from './torch-tensor.js';

/** Constant filters of the resampling steps, which some versions of the code save with the weights. */
const FILTER = /(^|\.)(blur|upsample)\.kernel$/;

/**
 * Reads the generator of a checkpoint of rosinality's stylegan2-pytorch: a dict with the averaged weights as
 * `g_ema` (or else the trained ones as `g`) and the average latent as `latent_avg`. Native names are its own.
 *
 * @param object what the checkpoint file holds
 * @param subject names the file in errors
 * @returns undefined if the object is of another layout
 * @throws InputError if the state dict holds anything but tensors
 */
export function readRosinality(object: unknown, subject: string): GeneratorState | undefined {
  if (!(object instanceof Map)) return undefined;
  const state = object.get('g_ema') ?? object.get('g');
  if (!(state instanceof Map)) return undefined;
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of state as ReadonlyMap<unknown, unknown>) {
    if (typeof name !== 'string') throw expected('names of tensors', subject, kindOf(name));
    if (!(value instanceof TorchTensor)) throw expected('a tensor', `${name} in ${subject}`, kindOf(value));
    if (!FILTER.test(name)) tensors.set(name, value);
  }
  const average: unknown = object.get('latent_avg');
  if (average instanceof TorchTensor) tensors.set('latent_avg', withoutBatchAxis(average));
  return { layout: 'rosinality', tensors };
}

/** The average latent is [w] or, as the mean over a batch, [1, w]. */
function withoutBatchAxis(tensor: TorchTensor): TorchTensor {
  if (tensor.shape.length !== 2 || tensor.shape[0] !== 1) return tensor;
  return tensor.reshape(tensor.shape.slice(1));
}
