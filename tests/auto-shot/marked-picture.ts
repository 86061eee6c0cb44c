import type { Raster } from '@oneface/common/images/raster';
import type { SoftLabelled } from '@oneface/trainer/synthesis/soft-labels';

const CERTAIN = 255;

/**
 * A black picture with a white square in its upper left part, labelled as 1 where it is white and as 0 elsewhere.
 *
 * @param side of the picture; the label grid has half of it
 */
export function markedPicture(side: number, classes = 3): SoftLabelled {
  const grid = side / 2;
  const isMarked = (at: number, size: number) =>
    Math.floor(at / size) < 0.4 * size &&
    Math.floor(at / size) >= size / 8 &&
    at % size < size / 2 &&
    at % size >= size / 8;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const cell = Math.floor(Math.floor(pixel / side) / 2) * grid + Math.floor((pixel % side) / 2);
    return isMarked(cell, grid) ? 255 : 0;
  });
  const labels = Array.from({ length: grid * grid }, (_, cell) => (isMarked(cell, grid) ? 1 : 0));
  return softLabelled({ width: side, height: side, data }, labels, classes);
}

/** A picture whose labels are certain; `labels` fill a square grid. */
export function softLabelled(
  picture: Raster,
  labels: readonly number[],
  classes: number,
  uncertainty = 0,
): SoftLabelled {
  const labelSize = Math.sqrt(labels.length);
  const probabilities = new Uint8Array(labels.length * classes);
  for (const [cell, label] of labels.entries()) probabilities[cell * classes + label] = CERTAIN;
  return { picture, classes, labelSize, probabilities, uncertainty };
}
