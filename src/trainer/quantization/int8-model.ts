import type { Architecture } from '../auto-shot/architecture.js';
import type { GraphBuilder } from '../onnx/graph-builder.js';
import {
  buildSegmenter,
  type ConvolutionLayer,
  type ConvolutionSite,
  channelsFirst,
  convolutionAttributes,
} from '../onnx/segmenter-graph.js';
import type { QuantizedConvolution } from './quantize-convolution.js';
import type { TensorScale } from './ranges.js';

/** A network in whole numbers. */
export interface QuantizedNetwork {
  readonly architecture: Architecture;
  /** Scale of every layer's output by name, `PIXELS` included. */
  readonly scales: ReadonlyMap<string, TensorScale>;
  readonly convolutions: ReadonlyMap<string, QuantizedConvolution>;
}

/**
 * Writes a quantised network as an ONNX file in QDQ form: uint8 pixels in, uint8 logits and labels out.
 *
 * Each convolution stands between DequantizeLinear and QuantizeLinear nodes, which ONNX Runtime fuses to one
 * integer convolution. A ReLU needs no node: its output's codes start at real 0, so QuantizeLinear cuts off
 * what is below. Everything else works on the codes as they are.
 *
 * @param exposed layers whose codes become outputs too
 */
export function int8Model(network: QuantizedNetwork, exposed: readonly string[] = []): Uint8Array {
  const convolution = (graph: GraphBuilder, layer: ConvolutionLayer, site: ConvolutionSite) => {
    const { name } = layer;
    const weights = network.convolutions.get(name) as QuantizedConvolution;
    const [filters] = weights.kernelShape;
    const inputScale = network.scales.get(layer.input) as TensorScale;
    const outputScale = network.scales.get(name) as TensorScale;
    const x = graph.node(
      'DequantizeLinear',
      [site.input, ...tensorScale(graph, `${name}/input`, inputScale)],
      `${name}/input`,
    );
    const kernel = graph.node(
      'DequantizeLinear',
      [
        graph.initialiser(`${name}/kernel/codes`, weights.kernel, weights.kernelShape),
        graph.initialiser(`${name}/kernel/scales`, weights.scales, [filters]),
        graph.initialiser(`${name}/kernel/zero-points`, new Int8Array(filters), [filters]),
      ],
      `${name}/kernel`,
      { axis: 0 },
    );
    const bias = graph.node(
      'DequantizeLinear',
      [
        graph.initialiser(`${name}/bias/codes`, weights.bias, [filters]),
        graph.initialiser(`${name}/bias/scales`, weights.biasScales, [filters]),
      ],
      `${name}/bias`,
      { axis: 0 },
    );
    const attributes = convolutionAttributes(layer, site.inputShape.size);
    const sum = graph.node('Conv', [x, kernel, bias], `${name}/sum`, attributes);
    graph.node('QuantizeLinear', [sum, ...tensorScale(graph, `${name}/sum`, outputScale)], site.output);
  };
  return buildSegmenter(network.architecture, { type: 'uint8', pixels: channelsFirst, convolution }, exposed);
}

function tensorScale(graph: GraphBuilder, name: string, { scale, zeroPoint }: TensorScale): string[] {
  return [
    graph.initialiser(`${name}/scale`, new Float32Array([scale])),
    graph.initialiser(`${name}/zero-point`, new Uint8Array([zeroPoint])),
  ];
}
