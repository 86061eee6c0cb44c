import {
  type ClassSet,
  type ClassSetId,
  classSet,
  classSetTable,
  IGNORED_LABEL,
} from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import type { LabelMap, Raster, Size } from '@oneface/common/images/raster';
import { resizeRaster } from '@oneface/common/images/warp';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
import { addConfusions, countLabels, emptyConfusion, type Scores, scores } from '@oneface/common/metrics/iou';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { ReportProgress } from '../progress/progress.js';
import { type Dataset, type MaskLabels, readSample } from './dataset.js';

/** A model to measure. */
export interface MeasuredModel {
  /** What to call it in the report, such as "float". */
  readonly name: string;
  /** SHA-256 of the file, in hex. */
  readonly digest: string;
  readonly segmenter: Segmenter;
}

/** What one model scored; IoU as in `Scores`, from 0 to 1. */
export interface ModelResult extends Scores {
  readonly name: string;
  readonly digest: string;
  readonly precision: 'float32' | 'int8';
  readonly input: Size;
}

/** The result of an evaluation, as it is written to JSON. */
export interface Evaluation {
  readonly dataset: { readonly name: string; readonly labels: MaskLabels; readonly pictures: number };
  readonly classSet: ClassSetId;
  /** Class names, in the order of every `iou`. */
  readonly classes: readonly string[];
  readonly models: readonly ModelResult[];
  /** Mean IoU of every picture by itself, one for each model. */
  readonly pictures: readonly { readonly name: string; readonly meanIou: readonly (number | null)[] }[];
}

/**
 * Measures models against human masks.
 *
 * The whole photo is resized to the model's input, so photos should be aligned as the model expects. The
 * logits are enlarged to the mask's size, and every pixel is counted but those that the class set ignores.
 *
 * @param models a model of a finer class set can be measured in a coarser one
 * @param set the class set to measure in
 * @throws InputError when a model's classes cannot be told in `set`, or a file of the dataset is unfit
 */
export async function evaluate(
  models: readonly MeasuredModel[],
  dataset: Dataset,
  set: ClassSet,
  report?: ReportProgress,
): Promise<Evaluation> {
  const totals = models.map(() => emptyConfusion(set.classes.length));
  const pictures: { name: string; meanIou: (number | null)[] }[] = [];
  for (const [index, files] of dataset.samples.entries()) {
    const { picture, truth } = await readSample(files, dataset.labels, set);
    const meanIou: (number | null)[] = [];
    for (const [which, { segmenter }] of models.entries()) {
      const confusion = emptyConfusion(set.classes.length);
      const predicted = await labelPicture(segmenter, picture, truth, set);
      countLabels(confusion, truth.data, predicted.data);
      totals[which] = addConfusions(totals[which], confusion);
      meanIou.push(scores(confusion).meanIou);
    }
    pictures.push({ name: files.name, meanIou });
    report?.(index + 1, dataset.samples.length, files.name);
  }
  return {
    dataset: { name: dataset.name, labels: dataset.labels, pictures: dataset.samples.length },
    classSet: set.id,
    classes: set.classes.map((part) => part.name),
    models: models.map(({ name, digest, segmenter: { spec } }, which) => ({
      name,
      digest,
      precision: spec.precision,
      input: spec.input,
      ...scores(totals[which]),
    })),
    pictures,
  };
}

/**
 * What a model says of a photo, as it is measured.
 *
 * @param size of the mask to compare it with
 * @param set class set of the returned labels
 * @throws InputError when the model's classes cannot be told in `set`
 */
export async function labelPicture(
  segmenter: Segmenter,
  picture: Raster,
  size: Size,
  set: ClassSet,
): Promise<LabelMap> {
  const { spec } = segmenter;
  const own = classSet(spec.classSet);
  const table = classSetTable(own, set).subarray(0, own.classes.length);
  const lost = own.classes.filter((_, label) => table[label] === IGNORED_LABEL).map(({ name }) => name);
  if (lost.length > 0) {
    throw expected(`a model whose classes are told in ${set.id}`, 'an evaluation', lost.join(', '));
  }
  const { input, output } = spec;
  const { logits } = await segmenter.segment(resizeRaster(picture, input.width, input.height).data);
  const { width, height, data } = enlargeLabels(
    logits,
    own.classes.length,
    output.width,
    output.height,
    size.width,
    size.height,
  );
  return { width, height, data: data.map((label) => table[label]) };
}
