import { classSet } from '@oneface/common/classes/class-sets';
import { type Affine, applyAffine, composeAffine, scaleAndMove } from '@oneface/common/images/affine';
import { letterbox } from '@oneface/common/images/alignment';
import { boxCorners } from '@oneface/common/images/box';
import type { LabelMap, Raster, Size } from '@oneface/common/images/raster';
import { warpRaster } from '@oneface/common/images/warp';
import { confidences } from '@oneface/common/masks/confidence';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';

/** What the segmenter saw in one piece of the frame. */
export interface View {
  /** Matrix from cells of the mask grid to pixels of the frame. */
  readonly gridToFrame: Affine;
  /** Labels of the mask grid; background where the grid reaches past the frame. */
  readonly labels: LabelMap;
  /** [classes, height, width] as the model gave them, for smooth enlargement. */
  readonly logits: Uint8Array | Float32Array;
  /** How long cutting out and segmenting took. */
  readonly milliseconds: number;
  /** Probability of each cell's label; worked out when first asked for. */
  confidence(): Float32Array;
}

/**
 * Cuts a piece out of the frame and segments it.
 *
 * @param unitToFrame matrix from the unit square to the frame; the square is shown whole, centred in the input
 */
export async function lookAt(
  segmenter: Segmenter,
  frame: Raster,
  unitToFrame: Affine,
  clock: Pick<Clock, 'monotonic'>,
): Promise<View> {
  const start = clock.monotonic();
  const { spec } = segmenter;
  const { input, output } = spec;
  const inputToFrame = composeAffine(unitToFrame, letterbox({ width: 1, height: 1 }, input));
  const pixels = warpRaster(frame, inputToFrame, input.width, input.height, 'reflect').data;
  const { labels, logits } = await segmenter.segment(pixels);
  const gridToInput = scaleAndMove(input.width / output.width, input.height / output.height, 0, 0);
  const gridToFrame = composeAffine(inputToFrame, gridToInput);
  let confidence: Float32Array | undefined;
  return {
    gridToFrame,
    labels: { ...output, data: withinFrame(labels, output, gridToFrame, frame) },
    logits,
    milliseconds: clock.monotonic() - start,
    confidence() {
      const classes = classSet(spec.classSet).classes.length;
      confidence ??= confidences(logits, classes, labels.length, spec.logits);
      return confidence;
    },
  };
}

/** The square around the whole frame, as a map from the unit square. */
export function wholeFrame({ width, height }: Size): Affine {
  return squareView(width / 2, height / 2, Math.max(width, height));
}

/** An upright square of the frame, as a map from the unit square. */
export function squareView(centreX: number, centreY: number, side: number): Affine {
  return scaleAndMove(side, side, centreX - side / 2, centreY - side / 2);
}

/** A view turned clockwise about its middle. */
export function turnedView([a, b, c, d, e, f]: Affine, degrees: number): Affine {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const middle = { x: a / 2 + b / 2 + c, y: d / 2 + e / 2 + f };
  const [p, q, r, s] = [cos * a - sin * d, cos * b - sin * e, sin * a + cos * d, sin * b + cos * e];
  return [p, q, middle.x - (p + q) / 2, r, s, middle.y - (r + s) / 2];
}

/** The border is a mirror image: parts in it are not there. */
function withinFrame(labels: Uint8Array, grid: Size, gridToFrame: Affine, frame: Size): Uint8Array {
  const corners = boxCorners({ x: 0, y: 0, ...grid }).map((corner) => applyAffine(gridToFrame, corner));
  if (corners.every(({ x, y }) => x >= 0 && x < frame.width && y >= 0 && y < frame.height)) return labels;
  const [a, b, c, d, e, f] = gridToFrame;
  const data = labels.slice();
  for (let row = 0, at = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++, at++) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c;
      const y = d * (column + 0.5) + e * (row + 0.5) + f;
      if (!(x >= 0 && x < frame.width && y >= 0 && y < frame.height)) data[at] = 0;
    }
  }
  return data;
}
