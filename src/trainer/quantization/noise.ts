import { LABELS_OUTPUT } from '@oneface/common/models/model-spec';
import type { FoldedNetwork } from '../auto-shot/architecture.js';
import { floatModel } from '../onnx/float-model.js';
import { layerOutput } from '../onnx/segmenter-graph.js';
import { ModelSession } from '../onnx/session.js';
import type { LayerStatistics, Statistics } from './calibrate.js';
import { int8Model, type QuantizedNetwork } from './int8-model.js';
import type { TensorScale } from './ranges.js';

/** How well a convolution's output survived quantisation, the layers before it included. */
export interface LayerNoise extends TensorScale {
  readonly layer: string;
  /** Smallest and largest output seen in calibration, 0 included. */
  readonly minimum: number;
  readonly maximum: number;
  /**
   * Signal to quantisation noise ratio in decibels, 10 log10(sum of squares / sum of squared errors);
   * undefined when nothing was lost.
   */
  readonly sqnr: number | undefined;
}

export interface QuantizationReport {
  /** In order of execution. */
  readonly layers: readonly LayerNoise[];
  /** Share of pixels, 0-1, that the float and the integer network label alike. */
  readonly labelAgreement: number;
}

/**
 * Compares the integer network with the float one it came from, layer by layer.
 *
 * @param pictures RGB bytes, [inputSize, inputSize, 3] each
 */
export async function measureNoise(
  network: FoldedNetwork,
  quantized: QuantizedNetwork,
  statistics: Statistics,
  pictures: readonly Uint8Array[],
): Promise<QuantizationReport> {
  const { architecture } = network;
  const names = [...network.convolutions.keys()];
  const energies = new Map(names.map((name) => [name, { signal: 0, noise: 0 }]));
  let alike = 0;
  let pixels = 0;
  const float = await ModelSession.open(floatModel(network, names), architecture.inputSize);
  const int8 = await ModelSession.open(int8Model(quantized, names), architecture.inputSize);
  for (const picture of pictures) {
    const real = await float.run(picture);
    const codes = await int8.run(picture);
    for (const [name, energy] of energies) {
      const output = layerOutput(architecture, name);
      const scale = quantized.scales.get(name) as TensorScale;
      addEnergies(energy, real.get(output) as Float32Array, codes.get(output) as Uint8Array, scale);
    }
    const labels = real.get(LABELS_OUTPUT) as Uint8Array;
    const others = codes.get(LABELS_OUTPUT) as Uint8Array;
    alike += labels.filter((label, i) => label === others[i]).length;
    pixels += labels.length;
  }
  await float.close();
  await int8.close();
  const layers = [...energies].map(([layer, { signal, noise }]): LayerNoise => {
    const { minimum, maximum } = (statistics.get(layer) as LayerStatistics).histogram;
    const { scale, zeroPoint } = quantized.scales.get(layer) as TensorScale;
    const sqnr = noise === 0 ? undefined : 10 * Math.log10(signal / noise);
    return { layer, minimum, maximum, scale, zeroPoint, sqnr };
  });
  return { layers, labelAgreement: alike / pixels };
}

function addEnergies(
  energy: { signal: number; noise: number },
  real: Float32Array,
  codes: Uint8Array,
  { scale, zeroPoint }: TensorScale,
): void {
  real.forEach((value, i) => {
    energy.signal += value ** 2;
    energy.noise += (value - ((codes[i] as number) - zeroPoint) * scale) ** 2;
  });
}
