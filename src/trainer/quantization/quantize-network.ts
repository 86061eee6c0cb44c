import type { ClassSetId } from '@oneface/common/classes/class-sets';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { FoldedConvolution, FoldedNetwork } from '../auto-shot/architecture.js';
import { floatModel } from '../onnx/float-model.js';
import type { ReportProgress } from '../progress/progress.js';
import { type CalibrationPictures, calibrate, type Statistics } from './calibrate.js';
import { int8Model, type QuantizedNetwork } from './int8-model.js';
import { measureNoise, type QuantizationReport } from './noise.js';
import { type QuantizedConvolution, quantizeConvolution } from './quantize-convolution.js';
import type { TensorScale } from './ranges.js';
import { chooseScales } from './scales.js';

/** Calibration pictures that the report's figures come from. */
const REPORT_PICTURES = 16;

/** A segmenter file and what a host must know to run it. */
export interface SegmenterFile {
  /** ONNX */
  readonly model: Uint8Array;
  readonly spec: ModelSpec;
}

export interface QuantizedSegmenter {
  readonly float: SegmenterFile;
  readonly int8: SegmenterFile;
  readonly report: QuantizationReport;
}

/**
 * Writes a trained network as a float and as an integer ONNX file. The same network and pictures give the
 * same bytes.
 *
 * @param report called after each calibration picture
 * @throws InputError when the layers do not form a network, or calibration has no picture or one of
 *   another size
 */
export async function quantizeNetwork(
  network: FoldedNetwork,
  classSet: ClassSetId,
  calibration: CalibrationPictures,
  report?: ReportProgress,
): Promise<QuantizedSegmenter> {
  const kept: Uint8Array[] = [];
  const statistics = await calibrate(network, keepFirst(calibration, kept), report);
  const quantized = quantizeWeights(network, statistics);
  const logits = quantized.scales.get(network.architecture.layers.at(-1)?.name as string) as TensorScale;
  return {
    float: {
      model: floatModel(network),
      spec: specOf(network, classSet, 'float32', { scale: 1, zeroPoint: 0 }),
    },
    int8: { model: int8Model(quantized), spec: specOf(network, classSet, 'int8', logits) },
    report: await measureNoise(network, quantized, statistics, kept),
  };
}

/** Turns a network to whole numbers by what calibration saw. */
export function quantizeWeights(network: FoldedNetwork, statistics: Statistics): QuantizedNetwork {
  const { architecture } = network;
  const scales = chooseScales(architecture, statistics);
  const convolutions = new Map<string, QuantizedConvolution>();
  const means = new Map([...statistics].map(([name, layer]) => [name, layer.means.values()]));
  const meansOf = (name: string) => means.get(name) as readonly number[];
  for (const layer of architecture.layers) {
    if (layer.op === 'upsample') means.set(layer.name, meansOf(layer.input));
    else if (layer.op === 'concat') means.set(layer.name, layer.inputs.flatMap(meansOf));
    else {
      const weights = network.convolutions.get(layer.name) as FoldedConvolution;
      const { scale } = scales.get(layer.input) as TensorScale;
      convolutions.set(layer.name, quantizeConvolution(weights, scale, meansOf(layer.input)));
    }
  }
  return { architecture, scales, convolutions };
}

function keepFirst(calibration: CalibrationPictures, kept: Uint8Array[]): CalibrationPictures {
  async function* pictures() {
    for await (const picture of calibration.pictures) {
      if (kept.length < REPORT_PICTURES) kept.push(Uint8Array.from(picture));
      yield picture;
    }
  }
  return { count: calibration.count, pictures: pictures() };
}

function specOf(
  { architecture: { inputSize, outputSize } }: FoldedNetwork,
  classSet: ClassSetId,
  precision: ModelSpec['precision'],
  { scale, zeroPoint }: TensorScale,
): ModelSpec {
  return {
    classSet,
    precision,
    input: { width: inputSize, height: inputSize },
    output: { width: outputSize, height: outputSize },
    logits: { scale, zeroPoint },
  };
}
