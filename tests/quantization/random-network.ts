import {
  type Architecture,
  type FoldedConvolution,
  type FoldedNetwork,
  unet,
} from '@oneface/trainer/auto-shot/architecture';
import { layerShapes } from '@oneface/trainer/auto-shot/folded-network';
import { type Random, randomAt } from '@oneface/trainer/random/seeded-random';

/** A network with weights after He et al. 2015 and small biases; the seed gives the weights. */
export function randomNetwork(architecture: Architecture, seed: number): FoldedNetwork {
  const random = randomAt(seed, 'network');
  const shapes = layerShapes(architecture);
  const convolutions = new Map<string, FoldedConvolution>();
  for (const layer of architecture.layers) {
    if (layer.op !== 'conv') continue;
    const inputs = shapes.get(layer.input)?.channels ?? 0;
    const kernelShape = [layer.kernel, layer.kernel, inputs, layer.filters] as const;
    const fanIn = layer.kernel ** 2 * inputs;
    const kernel = normals(random, fanIn * layer.filters, Math.sqrt(2 / fanIn));
    convolutions.set(layer.name, { kernel, kernelShape, bias: normals(random, layer.filters, 0.1) });
  }
  return { architecture, convolutions };
}

/**
 * A U-Net for 32 px and 4 labels that finds the brightest of red, green and blue (labels 0-2), or none of
 * them (3), amid weights of noise: its labels have a reason, as those of a trained network have.
 */
export function colourNetwork(seed: number): FoldedNetwork {
  const network = randomNetwork(unet(32, 4, [8, 12]), seed);
  const enlarged = 12;
  for (const [name, { kernel, kernelShape, bias }] of network.convolutions) {
    if (name.startsWith('down1')) continue;
    const [size, , inputs, filters] = kernelShape;
    const centre = Math.floor(size / 2) * (size + 1);
    kernel.forEach((weight, i) => {
      kernel[i] = weight * 0.1;
    });
    bias.fill(0);
    for (let colour = 0; colour < 3; colour++) {
      const input = name === 'up0a' ? enlarged + colour : colour;
      kernel[(centre * inputs + input) * filters + colour] = 1;
    }
    if (name === 'logits') bias[3] = 0.3;
  }
  return network;
}

/** Pictures of soft coloured stripes with some noise, RGB bytes [side, side, 3]. */
export function randomPictures(side: number, count: number, seed: number): Uint8Array[] {
  return Array.from({ length: count }, (_, picture) => {
    const random = randomAt(seed, 'picture', picture);
    const waves = Array.from({ length: 3 }, () => [random() * 0.6, random() * 0.6, random() * 6] as const);
    return Uint8Array.from({ length: side * side * 3 }, (_, i) => {
      const [down, right, start] = waves[i % 3] ?? [0, 0, 0];
      const pixel = Math.floor(i / 3);
      const phase = start + down * Math.floor(pixel / side) + right * (pixel % side);
      return 127.5 + 110 * Math.sin(phase) + 30 * (random() - 0.5);
    });
  });
}

/** Box-Muller. */
function normals(random: Random, count: number, deviation: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return deviation * radius * Math.cos(2 * Math.PI * random());
  });
}
