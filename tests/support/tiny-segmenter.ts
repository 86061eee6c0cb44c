import { type FoldedConvolution, unet } from '@oneface/trainer/auto-shot/architecture';
import { layerShapes } from '@oneface/trainer/auto-shot/folded-network';
import { type QuantizedSegmenter, quantizeNetwork } from '@oneface/trainer/quantization/quantize-network';
import { randomAt } from '@oneface/trainer/random/seeded-random';

/** Side of the pictures that the tiny segmenter takes. */
export const TINY_SIDE = 16;

/** A picture of noise that the tiny segmenter takes: RGB bytes. */
export function tinyPicture(seed: number): Uint8Array {
  const random = randomAt(seed, 'picture');
  return Uint8Array.from({ length: TINY_SIDE * TINY_SIDE * 3 }, () => Math.floor(random() * 256));
}

/** A face-3 U-Net of a few hundred random weights, calibrated and written as float and int8 ONNX files. */
export async function tinySegmenter(): Promise<QuantizedSegmenter> {
  const architecture = unet(TINY_SIDE, 4, [4, 6]);
  const shapes = layerShapes(architecture);
  const convolutions = new Map<string, FoldedConvolution>();
  for (const layer of architecture.layers) {
    if (layer.op !== 'conv') continue;
    const inputs = shapes.get(layer.input)?.channels ?? 0;
    const random = randomAt(1, layer.name);
    const weights = (length: number, most: number) =>
      Float32Array.from({ length }, () => (2 * random() - 1) * most);
    const fanIn = layer.kernel * layer.kernel * inputs;
    convolutions.set(layer.name, {
      kernel: weights(fanIn * layer.filters, Math.sqrt(6 / fanIn)),
      kernelShape: [layer.kernel, layer.kernel, inputs, layer.filters],
      bias: weights(layer.filters, 0.1),
    });
  }
  const pictures = [1, 2, 3, 4].map(tinyPicture);
  return quantizeNetwork({ architecture, convolutions }, 'face-3', { count: pictures.length, pictures });
}
