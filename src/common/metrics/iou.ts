import { IGNORED_LABEL } from '../classes/class-sets.js';
import { expected } from '../errors/errors.js';

/** Pixel counts by class: `counts[truth * classes + predicted]`. */
export interface Confusion {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** What the literature reports of a confusion matrix; all from 0 to 1. */
export interface Scores {
  /** Intersection over union per class; null where neither truth nor prediction holds the class. */
  readonly iou: readonly (number | null)[];
  /** Mean of the IoUs that are not null; null when nothing was counted. */
  readonly meanIou: number | null;
  /** IoUs weighted by the classes' share of the true pixels; null when nothing was counted. */
  readonly frequencyWeightedIou: number | null;
  /** Share of pixels that carry the right label; null when nothing was counted. */
  readonly pixelAccuracy: number | null;
}

/**
 * An empty confusion matrix.
 *
 * @throws InputError unless there are 1 to 255 classes
 */
export function emptyConfusion(classes: number): Confusion {
  if (!Number.isInteger(classes) || classes < 1 || classes > IGNORED_LABEL) {
    throw expected(`an integer from 1 to ${IGNORED_LABEL}`, 'the number of classes', classes);
  }
  return { classes, counts: new Float64Array(classes * classes) };
}

/**
 * Counts one picture into a confusion matrix. Pixels whose truth is `IGNORED_LABEL` do not count.
 *
 * @throws InputError when the sizes differ or a label is not below `classes`; the matrix is then unchanged
 */
export function countLabels({ classes, counts }: Confusion, truth: Uint8Array, predicted: Uint8Array): void {
  if (truth.length !== predicted.length) {
    throw expected(`${truth.length} predicted labels`, 'a confusion matrix', predicted.length);
  }
  const picture = new Float64Array(counts.length);
  for (let at = 0; at < truth.length; at++) {
    if (truth[at] === IGNORED_LABEL) continue;
    const highest = Math.max(truth[at], predicted[at]);
    if (highest >= classes) throw expected(`labels below ${classes}`, 'a confusion matrix', highest);
    picture[truth[at] * classes + predicted[at]]++;
  }
  picture.forEach((count, at) => {
    counts[at] += count;
  });
}

/**
 * The confusion matrix of both sets of pictures together.
 *
 * @throws InputError when the numbers of classes differ
 */
export function addConfusions(a: Confusion, b: Confusion): Confusion {
  if (a.classes !== b.classes)
    throw expected(`${a.classes} classes`, 'the second confusion matrix', b.classes);
  return { classes: a.classes, counts: a.counts.map((count, at) => count + b.counts[at]) };
}

/** Intersection over union and its summaries (Long et al., CVPR 2015, section 5). */
export function scores({ classes, counts }: Confusion): Scores {
  const truths = new Float64Array(classes);
  const predictions = new Float64Array(classes);
  counts.forEach((count, at) => {
    truths[Math.floor(at / classes)] += count;
    predictions[at % classes] += count;
  });
  const total = sum(truths);
  const hits = Array.from(truths, (_, label) => counts[label * (classes + 1)]);
  const iou = hits.map((hit, label) => ratio(hit, truths[label] + predictions[label] - hit));
  const present = iou.filter((value) => value !== null);
  return {
    iou,
    meanIou: ratio(sum(present), present.length),
    frequencyWeightedIou: ratio(
      iou.reduce<number>((weighted, value, label) => weighted + truths[label] * (value ?? 0), 0),
      total,
    ),
    pixelAccuracy: ratio(sum(hits), total),
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
