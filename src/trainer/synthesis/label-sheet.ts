import type { ClassSet } from '@oneface/common/classes/class-sets';
import { colorLabels } from '@oneface/common/images/overlay';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import type { SoftLabelled } from './soft-labels.js';

/** Pictures in a row; each stands beside its labels. */
const PICTURES_IN_ROW = 4;

/** The likeliest label of every pixel; equal ones go to the lowest. */
export function likeliestLabels({ labelSize, classes, probabilities }: SoftLabelled): LabelMap {
  const data = new Uint8Array(labelSize * labelSize);
  for (let pixel = 0; pixel < data.length; pixel++) {
    let best = 0;
    for (let label = 1; label < classes; label++) {
      if (probabilities[pixel * classes + label] > probabilities[pixel * classes + best]) best = label;
    }
    data[pixel] = best;
  }
  return { width: labelSize, height: labelSize, data };
}

/** A contact sheet: each picture with the few-shot segmenter's labels beside it. */
export function labelSheet(entries: readonly SoftLabelled[], set: ClassSet): Raster {
  const cells = entries.map((entry) => {
    const labels = colorLabels(likeliestLabels(entry), set.classes);
    return contactSheet([entry.picture, labels], { columns: 2, margin: 1 });
  });
  return contactSheet(cells, { columns: PICTURES_IN_ROW });
}
