import type { ClassSet } from '@oneface/common/classes/class-sets';
import { colorLabels } from '@oneface/common/images/overlay';
import type { Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import { resizeRaster } from '@oneface/common/images/warp';
import { type Dataset, readSample } from './dataset.js';
import { type Evaluation, labelPicture, type MeasuredModel } from './evaluate.js';

const CELL_HEIGHT = 192;

/**
 * Draws what the figures mean: rows of photo, human mask and each model's mask for the pictures on which the
 * first model did best, about the median, and worst.
 *
 * @param rowsEach pictures of each kind
 */
export async function evaluationSheet(
  evaluation: Evaluation,
  models: readonly MeasuredModel[],
  dataset: Dataset,
  set: ClassSet,
  rowsEach = 2,
): Promise<Raster> {
  const names = selectPictures(evaluation, rowsEach);
  const cells: Raster[] = [];
  for (const files of names.flatMap((name) => dataset.samples.filter((sample) => sample.name === name))) {
    const { picture, truth } = await readSample(files, dataset.labels, set);
    cells.push(cell(picture), cell(colorLabels(truth, set.classes)));
    for (const { segmenter } of models) {
      const predicted = await labelPicture(segmenter, picture, truth, set);
      cells.push(cell(colorLabels(predicted, set.classes)));
    }
  }
  return contactSheet(cells, { columns: 2 + models.length });
}

/** Names of the best, the middle and the worst pictures by the first model's mean IoU, best first. */
export function selectPictures({ pictures }: Evaluation, each: number): string[] {
  const ranked = pictures
    .map(({ name, meanIou: [first] }) => ({ name, score: first ?? 0 }))
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  if (ranked.length <= 3 * each) return ranked;
  const middle = (ranked.length - each) >> 1;
  return [...ranked.slice(0, each), ...ranked.slice(middle, middle + each), ...ranked.slice(-each)];
}

function cell(picture: Raster): Raster {
  return resizeRaster(picture, Math.round((picture.width * CELL_HEIGHT) / picture.height), CELL_HEIGHT);
}
