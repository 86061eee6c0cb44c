import { expected } from '@oneface/common/errors/errors';
import { compileValidator } from '@oneface/common/schemas/validator';
import { Type } from '@sinclair/typebox';
import type { NumericTensor } from '../tensors/tensor.js';
import {
  type Architecture,
  type FoldedConvolution,
  type FoldedNetwork,
  type Layer,
  PIXELS,
} from './architecture.js';

/** Key of the architecture's JSON in the metadata of a weights file. */
const ARCHITECTURE_KEY = 'architecture';

const Name = Type.String({ minLength: 1, maxLength: 64, title: 'a text of 1 to 64 characters' });
const Count = Type.Integer({ minimum: 1, maximum: 4096 });
const Channels = Type.Integer({ minimum: 1, maximum: 1024 });
const Strict = { additionalProperties: false };

const ArchitectureFile = Type.Object(
  {
    inputSize: Count,
    outputSize: Count,
    classes: Type.Integer({ minimum: 2, maximum: 255 }),
    layers: Type.Array(
      Type.Union([
        Type.Object(
          {
            op: Type.Literal('conv'),
            name: Name,
            input: Name,
            filters: Channels,
            kernel: Type.Union([Type.Literal(1), Type.Literal(3)]),
            stride: Type.Union([Type.Literal(1), Type.Literal(2)]),
            activation: Type.Union([Type.Literal('relu'), Type.Literal('none')]),
          },
          Strict,
        ),
        Type.Object({ op: Type.Literal('upsample'), name: Name, input: Name }, Strict),
        Type.Object(
          { op: Type.Literal('concat'), name: Name, inputs: Type.Array(Name, { minItems: 1, maxItems: 16 }) },
          Strict,
        ),
      ]),
      { minItems: 1, maxItems: 256 },
    ),
  },
  Strict,
);
const checkArchitecture = compileValidator(ArchitectureFile, 'architecture');

/** What a folded network is in a weights file: tensors by name, and text beside them. */
export interface FoldedNetworkFile {
  readonly tensors: ReadonlyMap<string, NumericTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A folded network as named tensors: `<layer>.kernel` [kernel, kernel, inputs, filters] and `<layer>.bias`
 * [filters], with the architecture as JSON in the metadata.
 */
export function foldedNetworkToTensors({ architecture, convolutions }: FoldedNetwork): FoldedNetworkFile {
  const tensors = new Map<string, NumericTensor>();
  for (const [name, { kernel, kernelShape, bias }] of convolutions) {
    tensors.set(`${name}.kernel`, { shape: kernelShape, data: kernel });
    tensors.set(`${name}.bias`, { shape: [bias.length], data: bias });
  }
  return { tensors, metadata: { [ARCHITECTURE_KEY]: JSON.stringify(architecture) } };
}

/**
 * Reads a folded network back.
 *
 * @throws InputError when the architecture is absent or makes no network, when a tensor is missing, has
 *   another shape than the architecture says or holds a value that is not finite, or when one is left over
 */
export function foldedNetworkFromTensors({ tensors, metadata }: FoldedNetworkFile): FoldedNetwork {
  const architecture = parseArchitecture(metadata[ARCHITECTURE_KEY]);
  const shapes = layerShapes(architecture);
  const known = new Set<string>();
  const take = (name: string, shape: readonly number[]) => {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join()) {
      throw expected(`shape ${shape.join('x')}`, `tensor "${name}"`, tensor?.shape.join('x'));
    }
    const { data } = tensor;
    if (!(data instanceof Float32Array))
      throw expected('32-bit floats', `tensor "${name}"`, data.constructor.name);
    const wrong = data.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw expected('finite numbers', `tensor "${name}"`, wrong);
    known.add(name);
    return data;
  };
  const convolutions = new Map<string, FoldedConvolution>();
  for (const layer of architecture.layers) {
    if (layer.op !== 'conv') continue;
    const { channels } = shapes.get(layer.input) as LayerShape;
    const kernelShape = [layer.kernel, layer.kernel, channels, layer.filters] as const;
    convolutions.set(layer.name, {
      kernel: take(`${layer.name}.kernel`, kernelShape),
      kernelShape,
      bias: take(`${layer.name}.bias`, [layer.filters]),
    });
  }
  const extra = [...tensors.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw expected('only the weights of its layers', 'a folded network', extra);
  return { architecture, convolutions };
}

function parseArchitecture(json: string | undefined): Architecture {
  if (json === undefined) throw expected('an architecture in the metadata', 'a folded network', json);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw expected('JSON', 'the architecture of a folded network', json, { cause });
  }
  return checkArchitecture(value);
}

/** Size of one layer's output: height and width in pixels (equal), and channels. */
export interface LayerShape {
  readonly size: number;
  readonly channels: number;
}

/**
 * Output shapes of all layers by name, `PIXELS` included.
 *
 * @throws InputError when the layers do not form a network: an unknown input, a name used twice, a
 *   concatenation of different sizes, or an end that is not [outputSize, outputSize, classes]
 */
export function layerShapes(architecture: Architecture): ReadonlyMap<string, LayerShape> {
  const shapes = new Map<string, LayerShape>([[PIXELS, { size: architecture.inputSize, channels: 3 }]]);
  const shapeOf = (name: string, layer: Layer) => {
    const shape = shapes.get(name);
    if (shape === undefined) throw expected('an earlier layer', `the input of layer "${layer.name}"`, name);
    return shape;
  };
  for (const layer of architecture.layers) {
    if (shapes.has(layer.name)) throw expected('a name of its own', 'each layer', layer.name);
    if (layer.op === 'conv') {
      const { size } = shapeOf(layer.input, layer);
      shapes.set(layer.name, { size: Math.ceil(size / layer.stride), channels: layer.filters });
    } else if (layer.op === 'upsample') {
      const { size, channels } = shapeOf(layer.input, layer);
      shapes.set(layer.name, { size: size * 2, channels });
    } else {
      shapes.set(
        layer.name,
        concatenated(
          layer.inputs.map((name) => shapeOf(name, layer)),
          layer,
        ),
      );
    }
  }
  const end = shapes.get(architecture.layers.at(-1)?.name ?? '');
  const { outputSize, classes } = architecture;
  if (end?.size !== outputSize || end.channels !== classes) {
    const received = end === undefined ? 'no layers' : `${end.size}x${end.size}x${end.channels}`;
    throw expected(`${outputSize}x${outputSize}x${classes}`, 'the output of the last layer', received);
  }
  return shapes;
}

function concatenated(inputs: readonly LayerShape[], layer: Layer): LayerShape {
  const sizes = new Set(inputs.map(({ size }) => size));
  const [size] = sizes;
  if (size === undefined || sizes.size > 1) {
    throw expected('inputs of one size', `layer "${layer.name}"`, [...sizes].join(', '));
  }
  return { size, channels: inputs.reduce((sum, { channels }) => sum + channels, 0) };
}
