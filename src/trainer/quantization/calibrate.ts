import { expected } from '@oneface/common/errors/errors';
import { type FoldedNetwork, PIXELS } from '../auto-shot/architecture.js';
import { floatModel } from '../onnx/float-model.js';
import { layerOutput } from '../onnx/segmenter-graph.js';
import { ModelSession } from '../onnx/session.js';
import type { ReportProgress } from '../progress/progress.js';
import { ChannelMeans } from './channel-means.js';
import { Histogram } from './histogram.js';

/** Pictures like those that the device will see; 128 to 512 of them make a good calibration. */
export interface CalibrationPictures {
  /** Number of pictures, for the progress report. */
  readonly count: number;
  /** RGB bytes of each, row-major [inputSize, inputSize, 3]. */
  readonly pictures: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What calibration saw of one output. */
export interface LayerStatistics {
  readonly histogram: Histogram;
  readonly means: ChannelMeans;
}

/** Of each convolution's output by layer name, and of the normalised picture as `PIXELS`. */
export type Statistics = ReadonlyMap<string, LayerStatistics>;

/**
 * Runs the float network over pictures and looks at what its convolutions give.
 *
 * Enlargement and concatenation only copy, so there is no more to see. Memory does not grow with the number
 * of pictures.
 *
 * @param report called after each picture
 * @throws InputError when there is no picture, one is not of the network's size, or an output is not finite
 */
export async function calibrate(
  network: FoldedNetwork,
  { count, pictures }: CalibrationPictures,
  report?: ReportProgress,
): Promise<Statistics> {
  const { architecture, convolutions } = network;
  const { inputSize } = architecture;
  const observe = (channels: number): LayerStatistics => ({
    histogram: new Histogram(),
    means: new ChannelMeans(channels),
  });
  const statistics = new Map([[PIXELS, observe(3)]]);
  for (const [name, { bias }] of convolutions) statistics.set(name, observe(bias.length));
  const session = await ModelSession.open(floatModel(network, [...statistics.keys()]), inputSize);
  try {
    let done = 0;
    for await (const picture of pictures) {
      const outputs = await session.run(checkPicture(picture, inputSize));
      for (const [name, { histogram, means }] of statistics) {
        const values = outputs.get(layerOutput(architecture, name)) as Float32Array;
        checkFinite(values, name);
        histogram.add(values);
        means.add(values);
      }
      done++;
      report?.(done, Math.max(done, count));
    }
    if (done === 0) throw expected('at least one picture', 'calibration', done);
  } finally {
    await session.close();
  }
  return statistics;
}

function checkPicture(picture: Uint8Array, side: number): Uint8Array {
  if (picture.length === side * side * 3) return picture;
  throw expected(`${side}x${side} RGB pixels (${side * side * 3} bytes)`, 'a calibration picture', picture);
}

function checkFinite(values: Float32Array, layer: string): void {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw expected('finite outputs', `layer "${layer}" in calibration`, wrong);
}
