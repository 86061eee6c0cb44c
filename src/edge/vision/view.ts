import { classSet } from '@oneface/common/classes/class-sets';
import { type Affine, applyAffine, composeAffine, scaleAndMove } from '@oneface/common/images/affine';
import { letterbox } from '@oneface/common/images/alignment';
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
  /** Probability of each cell's label. */
  readonly confidence: Float32Array;
  /** [classes, height, width] as the model gave them, for smooth enlargement. */
  readonly logits: Uint8Array | Float32Array;
  /** How long cutting out and segmenting took. */
  readonly milliseconds: number;
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
  const classes = classSet(spec.classSet).classes.length;
  return {
    gridToFrame,
    labels: { ...output, data: withinFrame(labels, output, gridToFrame, frame) },
    confidence: confidences(logits, classes, labels.length, spec.logits),
    logits,
    milliseconds: clock.monotonic() - start,
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

/** The border is a mirror image: parts in it are not there. */
function withinFrame(labels: Uint8Array, grid: Size, gridToFrame: Affine, frame: Size): Uint8Array {
  const data = labels.slice();
  for (let y = 0, at = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, at++) {
      const point = applyAffine(gridToFrame, { x: x + 0.5, y: y + 0.5 });
      if (!(point.x >= 0 && point.x < frame.width && point.y >= 0 && point.y < frame.height)) data[at] = 0;
    }
  }
  return data;
}
