import { classSet } from '@oneface/common/classes/class-sets';
import { composeAffine, determinant, invertAffine, scaleAndMove } from '@oneface/common/images/affine';
import type { LabelMap, Size } from '@oneface/common/images/raster';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
import { warpLabels } from '@oneface/common/masks/warp-labels';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { FaceAnalysis } from '../vision/analyse-frame.js';

/** Cells are divided into no more than this squared: beyond it, edges only get smoother than they are true. */
const FINEST_DIVISION = 16;

/**
 * Lays the mask of a face over the frame it was found in.
 *
 * The logits are enlarged to about the frame's pixels, so that edges are smooth; each pixel of the frame
 * then takes the label of the nearest one.
 *
 * @returns labels of the class set, background outside the mask grid
 * @throws InputError when a side of the frame is out of range
 */
export function frameLabels(face: FaceAnalysis, set: ModelSpec['classSet'], frame: Size): LabelMap {
  const { width, height } = face.labels;
  const scale = Math.sqrt(Math.abs(determinant(face.gridToFrame)));
  const division = Math.min(FINEST_DIVISION, Math.max(1, Math.ceil(scale)));
  const classes = classSet(set).classes.length;
  const fine = enlargeLabels(face.logits, classes, width, height, width * division, height * division);
  const gridToFine = scaleAndMove(division, division, 0, 0);
  const frameToFine = composeAffine(gridToFine, invertAffine(face.gridToFrame));
  return warpLabels(fine, frameToFine, frame.width, frame.height);
}

/** Background, and on it the masks of the faces; where two meet, the first one stays. */
export function labelsOfFaces(
  faces: readonly FaceAnalysis[],
  set: ModelSpec['classSet'],
  frame: Size,
): LabelMap {
  const { width, height } = frame;
  const data = new Uint8Array(width * height);
  for (const face of faces) {
    const labels = frameLabels(face, set, frame).data;
    for (let at = 0; at < data.length; at++) if (data[at] === 0) data[at] = labels[at];
  }
  return { width, height, data };
}
