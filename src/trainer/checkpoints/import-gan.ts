import { basename } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { digestFile } from '../pipeline/digests.js';
import type { ReportProgress } from '../progress/progress.js';
import type { Tensor } from '../tensors/tensor.js';
import { type Checkpoint, withCheckpoint } from './checkpoint-file.js';
import {
  type GeneratorCard,
  type GeneratorSource,
  requireNoOtherGenerator,
  saveGeneratorWeights,
} from './generator-format.js';
import { measureGenerator } from './generator-sizes.js';
import type { GeneratorState } from './generator-state.js';
import { readNvidia } from './nvidia.js';
import { kindOf } from './pickle-values.js';
import { readRosinality } from './rosinality.js';
import { readTensor } from './torch-tensor.js';

/** A generator as read from a checkpoint. */
export interface ReadGan {
  /** tensors by their native names */
  readonly tensors: Map<string, Tensor>;
  readonly source: GeneratorSource;
}

/**
 * Imports the generator of a StyleGAN2 checkpoint into the native format.
 *
 * @param file the checkpoint, as for `readGan`
 * @param folder gets `generator.safetensors` and `generator.json`; nothing is written unless all is well
 * @param report told after each tensor that was read
 * @returns the card that was written
 * @throws InputError as `readGan`, or if the folder holds the generator of another checkpoint
 */
export async function importGan(
  file: string,
  folder: string,
  report?: ReportProgress,
): Promise<GeneratorCard> {
  const { tensors, source } = await readGan(file, report);
  await requireNoOtherGenerator(folder, source);
  return saveGeneratorWeights(folder, tensors, source);
}

/**
 * Reads the generator of a StyleGAN2 checkpoint: rosinality's layout (`.pt`, both containers of torch.save)
 * or NVIDIA's (`.pkl`), told by the content. Nothing in the file is run, and all sizes come from the tensors.
 *
 * @param file the checkpoint
 * @param report told after each tensor that was read
 * @throws InputError if the file cannot be read, is cut off, malformed or no such checkpoint, or refers to
 *   anything but tensors and plain containers
 */
export async function readGan(file: string, report: ReportProgress = () => {}): Promise<ReadGan> {
  return withCheckpoint(file, async (checkpoint) => {
    const state = readGeneratorState(checkpoint, file);
    const shapes = new Map([...state.tensors].map(([name, { shape }]) => [name, shape]));
    measureGenerator(shapes, file);
    const tensors = await readTensors(state, file, report);
    const sha256 = await digestFile(file);
    const { container } = checkpoint;
    return { tensors, source: { file: basename(file), sha256, container, layout: state.layout } };
  });
}

function readGeneratorState({ object }: Checkpoint, file: string): GeneratorState {
  const state = readRosinality(object, file) ?? readNvidia(object, file);
  if (state !== undefined) return state;
  const keys =
    object instanceof Map ? `a dict with ${[...object.keys()].slice(0, 3).map(kindOf)}` : kindOf(object);
  throw expected('a StyleGAN2 generator (g_ema, g or G_ema)', file, keys);
}

async function readTensors(
  state: GeneratorState,
  file: string,
  report: ReportProgress,
): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const [name, stored] of state.tensors) {
    const tensor = await readTensor(stored);
    if (!tensor.data.every(Number.isFinite)) throw expected('finite values', `${name} in ${file}`, 'others');
    tensors.set(name, tensor);
    report(tensors.size, state.tensors.size, name);
  }
  return tensors;
}
