import { classSet } from '@oneface/common/classes/class-sets';
import { applyAffine, determinant, invertAffine } from '@oneface/common/images/affine';
import { assertSide, type LabelMap, type Size } from '@oneface/common/images/raster';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
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
  assertSide(frame.width, 'the width of the frame');
  assertSide(frame.height, 'the height of the frame');
  const { width, height } = face.labels;
  const scale = Math.sqrt(Math.abs(determinant(face.gridToFrame)));
  const division = Math.min(FINEST_DIVISION, Math.max(1, Math.ceil(scale)));
  const classes = classSet(set).classes.length;
  const fine = enlargeLabels(face.logits, classes, width, height, width * division, height * division);
  const toGrid = invertAffine(face.gridToFrame);
  const data = new Uint8Array(frame.width * frame.height);
  for (let y = 0, at = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++, at++) {
      const cell = applyAffine(toGrid, { x: x + 0.5, y: y + 0.5 });
      const column = Math.floor(cell.x * division);
      const row = Math.floor(cell.y * division);
      if (column < 0 || column >= fine.width || row < 0 || row >= fine.height) continue;
      data[at] = fine.data[row * fine.width + column];
    }
  }
  return { width: frame.width, height: frame.height, data };
}
