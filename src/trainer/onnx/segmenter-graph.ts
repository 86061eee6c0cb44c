import { LABELS_OUTPUT, LOGITS_OUTPUT, PIXELS_INPUT } from '@oneface/common/models/model-spec';
import { type Architecture, type Layer, PIXELS } from '../auto-shot/architecture.js';
import { type LayerShape, layerShapes } from '../auto-shot/folded-network.js';
import { type Attributes, GraphBuilder } from './graph-builder.js';
import { ElementType } from './onnx-proto.js';

export type ConvolutionLayer = Extract<Layer, { op: 'conv' }>;

/** What the float and the integer form of a segmenter do differently. */
export interface SegmenterForm {
  /** Element type of every layer's output. */
  readonly type: 'float' | 'uint8';
  /** Makes the network's input [1, 3, height, width] from the graph's, as value `output`. */
  pixels(graph: GraphBuilder, output: string): void;
  /** Adds one convolution with its activation; `output` is the value name that it must produce. */
  convolution(graph: GraphBuilder, layer: ConvolutionLayer, site: ConvolutionSite): void;
}

/** Where a convolution stands in the graph. */
export interface ConvolutionSite {
  readonly input: string;
  readonly inputShape: LayerShape;
  readonly output: string;
}

/**
 * Builds the graph of a segmenter: uint8 pixels [1, H, W, 3] in, uint8 labels [1, h, w] and logits
 * [1, classes, h, w] out.
 *
 * Everything but the convolutions (nearest enlargement, concatenation, arg max) works on floats and on
 * uint8 alike, so both forms share it. The enlargement says "asymmetric" and "floor": with a scale of two
 * that is plain repetition, and ONNX Runtime does it in the element type.
 *
 * @param exposed layers (or `PIXELS`) whose values [1, channels, h, w] become outputs too, named by
 *   `layerOutput`
 */
export function buildSegmenter(
  architecture: Architecture,
  form: SegmenterForm,
  exposed: readonly string[] = [],
): Uint8Array {
  const { inputSize, outputSize, classes, layers } = architecture;
  const shapes = layerShapes(architecture);
  const shapeOf = (name: string) => shapes.get(name) as LayerShape;
  const graph = new GraphBuilder();
  graph.input(PIXELS_INPUT, 'uint8', [1, inputSize, inputSize, 3]);
  const valueName = (name: string) => layerOutput(architecture, name);
  form.pixels(graph, valueName(PIXELS));
  for (const layer of layers) {
    const output = valueName(layer.name);
    if (layer.op === 'conv') {
      form.convolution(graph, layer, {
        input: valueName(layer.input),
        inputShape: shapeOf(layer.input),
        output,
      });
    } else if (layer.op === 'upsample') {
      const scales = graph.initialiser(`${layer.name}/scales`, new Float32Array([1, 1, 2, 2]), [4]);
      graph.node('Resize', [valueName(layer.input), '', scales], output, {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      });
    } else {
      graph.node('Concat', layer.inputs.map(valueName), output, { axis: 1 });
    }
  }
  const best = graph.node('ArgMax', [LOGITS_OUTPUT], 'best', { axis: 1, keepdims: 0 });
  graph.node('Cast', [best], LABELS_OUTPUT, { to: ElementType.uint8 });
  graph.output(LABELS_OUTPUT, 'uint8', [1, outputSize, outputSize]);
  graph.output(LOGITS_OUTPUT, form.type, [1, classes, outputSize, outputSize]);
  for (const name of exposed) {
    const { channels, size } = shapeOf(name);
    const output = valueName(name);
    if (output !== LOGITS_OUTPUT) graph.output(output, form.type, [1, channels, size, size]);
  }
  return graph.build('segmenter');
}

/** Turns the graph's input [1, height, width, 3] to [1, 3, height, width], as value `output`. */
export function channelsFirst(graph: GraphBuilder, output: string): string {
  return graph.node('Transpose', [PIXELS_INPUT], output, { perm: [0, 3, 1, 2] });
}

/** Name of a layer's value in the graph (`PIXELS` has one too): the logits for the last layer. */
export function layerOutput(architecture: Architecture, name: string): string {
  return name === architecture.layers.at(-1)?.name ? LOGITS_OUTPUT : `${name}/output`;
}

/** Attributes of a Conv node, with "same" padding as TensorFlow pads it. */
export function convolutionAttributes(layer: ConvolutionLayer, inputSize: number): Attributes {
  const [before, after] = samePadding(inputSize, layer.kernel, layer.stride);
  return {
    kernel_shape: [layer.kernel, layer.kernel],
    strides: [layer.stride, layer.stride],
    pads: [before, before, after, after],
  };
}

/**
 * TensorFlow's "same" padding: enough for ceil(size / stride) outputs, the odd pixel at the far side.
 *
 * @returns pixels before and after, alike in height and width
 */
export function samePadding(size: number, kernel: number, stride: number): [before: number, after: number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
