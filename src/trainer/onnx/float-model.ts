import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import type { FoldedConvolution, FoldedNetwork } from '../auto-shot/architecture.js';
import type { GraphBuilder } from './graph-builder.js';
import {
  buildSegmenter,
  type ConvolutionLayer,
  type ConvolutionSite,
  channelsFirst,
  convolutionAttributes,
} from './segmenter-graph.js';

/**
 * Writes a network as a float32 ONNX file: uint8 pixels in, float32 logits and uint8 labels out.
 *
 * @param exposed layers whose outputs become outputs of the graph too (calibration reads them)
 * @throws InputError when the layers do not form a network
 */
export function floatModel(network: FoldedNetwork, exposed: readonly string[] = []): Uint8Array {
  const convolution = (graph: GraphBuilder, layer: ConvolutionLayer, site: ConvolutionSite) => {
    const weights = network.convolutions.get(layer.name) as FoldedConvolution;
    const [height, width, inputs, filters] = weights.kernelShape;
    const kernel = graph.initialiser(`${layer.name}/kernel`, filtersFirst(weights), [
      filters,
      inputs,
      height,
      width,
    ]);
    const bias = graph.initialiser(`${layer.name}/bias`, weights.bias, [filters]);
    const activated = layer.activation === 'relu';
    const sum = activated ? `${layer.name}/sum` : site.output;
    const attributes = convolutionAttributes(layer, site.inputShape.size);
    graph.node('Conv', [site.input, kernel, bias], sum, attributes);
    if (activated) graph.node('Relu', [sum], site.output);
  };
  return buildSegmenter(network.architecture, { type: 'float', pixels: normalise, convolution }, exposed);
}

/** Adds `(pixel - ZERO_PIXEL) * PIXEL_SCALE`, which is what dequantising means. */
function normalise(graph: GraphBuilder, output: string): void {
  const picture = channelsFirst(graph, 'picture');
  const scale = graph.initialiser('picture/scale', new Float32Array([PIXEL_SCALE]));
  const zeroPoint = graph.initialiser('picture/zero-point', new Uint8Array([ZERO_PIXEL]));
  graph.node('DequantizeLinear', [picture, scale, zeroPoint], output);
}

/** Reorders a kernel from [height, width, inputs, filters] to ONNX's [filters, inputs, height, width]. */
export function filtersFirst({ kernel, kernelShape }: FoldedConvolution): Float32Array {
  const [height, width, inputs, filters] = kernelShape;
  const reordered = new Float32Array(kernel.length);
  const area = height * width;
  for (let position = 0; position < area; position++) {
    for (let input = 0; input < inputs; input++) {
      for (let filter = 0; filter < filters; filter++) {
        reordered[(filter * inputs + input) * area + position] = kernel[
          (position * inputs + input) * filters + filter
        ] as number;
      }
    }
  }
  return reordered;
}
