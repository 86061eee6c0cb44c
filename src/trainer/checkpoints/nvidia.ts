import { expected } from '@oneface/common/errors/errors';
import type { GeneratorState } from './generator-state.js';
import { kindOf } from './pickle-values.js';
import { PersistentObject } from './torch-globals.js';
import { TorchTensor } from './torch-tensor.js';

/** 4, 8, 16, ... pixels: far beyond the largest network. */
const LARGEST_BLOCK = 2 ** 16;

/**
 * Reads the generator of a network pickle of NVIDIA's stylegan2-ada-pytorch (`G_ema`) and gives its tensors
 * their native names. The values are the same; only axes of length one are added.
 *
 * @param object what the checkpoint file holds
 * @param subject names the file in errors
 * @returns undefined if the object is of another layout
 * @throws InputError if a module or tensor of a StyleGAN2 generator is missing, or labels go into it
 */
export function readNvidia(object: unknown, subject: string): GeneratorState | undefined {
  const root: unknown = object instanceof Map ? object.get('G_ema') : undefined;
  if (!(root instanceof PersistentObject)) return undefined;
  const generator = new NvidiaModule(root, 'G_ema', subject);
  const tensors = new Map<string, TorchTensor>();
  addMapping(tensors, generator.module('mapping'), subject);
  const synthesis = generator.module('synthesis');
  addFirstBlock(tensors, synthesis.module('b4'));
  for (let k = 0, pixels = 8; pixels <= LARGEST_BLOCK && synthesis.has(`b${pixels}`); k++, pixels *= 2) {
    addBlock(tensors, synthesis.module(`b${pixels}`), k);
  }
  return { layout: 'nvidia', tensors };
}

function addMapping(tensors: Map<string, TorchTensor>, mapping: NvidiaModule, subject: string): void {
  if (mapping.has('embed')) throw expected('a generator without labels', subject, 'a conditional one');
  for (let i = 0; mapping.has(`fc${i}`); i++) {
    const layer = mapping.module(`fc${i}`);
    tensors.set(`style.${i + 1}.weight`, layer.parameter('weight'));
    tensors.set(`style.${i + 1}.bias`, layer.parameter('bias'));
  }
  const average = mapping.buffer('w_avg');
  if (average !== undefined) tensors.set('latent_avg', average);
}

function addFirstBlock(tensors: Map<string, TorchTensor>, block: NvidiaModule): void {
  tensors.set('input.input', withAxes(block.parameter('const'), 1));
  addConvolution(tensors, 'conv1', 0, block.module('conv1'));
  addToRgb(tensors, 'to_rgb1', block.module('torgb'));
}

function addBlock(tensors: Map<string, TorchTensor>, block: NvidiaModule, k: number): void {
  addConvolution(tensors, `convs.${2 * k}`, 2 * k + 1, block.module('conv0'));
  addConvolution(tensors, `convs.${2 * k + 1}`, 2 * k + 2, block.module('conv1'));
  addToRgb(tensors, `to_rgbs.${k}`, block.module('torgb'));
}

function addConvolution(
  tensors: Map<string, TorchTensor>,
  name: string,
  index: number,
  layer: NvidiaModule,
): void {
  addModulated(tensors, name, layer);
  tensors.set(`${name}.noise.weight`, withAxes(layer.parameter('noise_strength'), 1));
  tensors.set(`${name}.activate.bias`, layer.parameter('bias'));
  const noise = layer.buffer('noise_const');
  if (noise !== undefined) tensors.set(`noises.noise_${index}`, withAxes(noise, 2));
}

function addToRgb(tensors: Map<string, TorchTensor>, name: string, layer: NvidiaModule): void {
  addModulated(tensors, name, layer);
  tensors.set(`${name}.bias`, withAxes(layer.parameter('bias'), 1, 2));
}

function addModulated(tensors: Map<string, TorchTensor>, name: string, layer: NvidiaModule): void {
  const affine = layer.module('affine');
  tensors.set(`${name}.conv.weight`, withAxes(layer.parameter('weight'), 1));
  tensors.set(`${name}.conv.modulation.weight`, affine.parameter('weight'));
  tensors.set(`${name}.conv.modulation.bias`, affine.parameter('bias'));
}

/** Adds axes of length one in front and behind. */
function withAxes(tensor: TorchTensor, before: number, behind = 0): TorchTensor {
  const ones = (count: number) => new Array<number>(count).fill(1);
  return tensor.reshape([...ones(before), ...tensor.shape, ...ones(behind)]);
}

/** A torch module as `torch_utils.persistence` stores it: the dict of its attributes, without its code. */
class NvidiaModule {
  readonly #path: string;
  readonly #subject: string;
  readonly #state: ReadonlyMap<unknown, unknown>;

  constructor(object: unknown, path: string, subject: string) {
    const meta = object instanceof PersistentObject ? object.args[0] : undefined;
    const state: unknown = meta instanceof Map ? meta.get('state') : undefined;
    if (!(state instanceof Map)) throw expected('a module', `${path} in ${subject}`, kindOf(object));
    this.#path = path;
    this.#subject = subject;
    this.#state = state;
  }

  has(name: string): boolean {
    return this.#find('_modules', name) !== undefined;
  }

  module(name: string): NvidiaModule {
    return new NvidiaModule(this.#find('_modules', name), `${this.#path}.${name}`, this.#subject);
  }

  parameter(name: string): TorchTensor {
    return this.#tensor(name, this.#find('_parameters', name));
  }

  buffer(name: string): TorchTensor | undefined {
    const found = this.#find('_buffers', name);
    return found === undefined || found === null ? undefined : this.#tensor(name, found);
  }

  #find(kind: string, name: string): unknown {
    const members = this.#state.get(kind);
    return members instanceof Map ? members.get(name) : undefined;
  }

  #tensor(name: string, value: unknown): TorchTensor {
    if (value instanceof TorchTensor) return value;
    throw expected('a tensor', `${this.#path}.${name} in ${this.#subject}`, kindOf(value));
  }
}
