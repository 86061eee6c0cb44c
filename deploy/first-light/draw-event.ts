import { classSet } from '@oneface/common/classes/class-sets';
import type { FacePart, NoFaceEvent, SegmentationEvent } from '@oneface/common/events/event';
import { composeAffine, invertAffine, scaleAndMove } from '@oneface/common/images/affine';
import { boxCorners } from '@oneface/common/images/box';
import { drawOutline, drawPoint, overlayLabels } from '@oneface/common/images/overlay';
import type { Color, LabelMap, Raster } from '@oneface/common/images/raster';
import { resizeRaster } from '@oneface/common/images/warp';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
import { decodeRle } from '@oneface/common/masks/rle';
import { warpLabels } from '@oneface/common/masks/warp-labels';

const BOX_COLOR: Color = [255, 255, 255];
const LANDMARK_COLOR: Color = [255, 0, 255];
const OPACITY = 0.55;
/** The mask grid is drawn this much finer, so that its cells do not show as steps. */
const SMOOTHING = 4;
const BYTE = 255;

/**
 * Draws what an event says over the frame it is about.
 *
 * @param frame the picture at its own size
 * @param width of the drawing; the height follows
 */
export function drawEvent(frame: Raster, event: SegmentationEvent, width: number): Raster {
  const scale = width / frame.width;
  const picture = resizeRaster(frame, width, Math.max(1, Math.round(frame.height * scale)));
  if (event.kind === 'no-face') return picture;
  const { box, alignment } = event.face;
  const { classes } = classSet(event.model.classSet);
  const labels = labelsOf(event, scale, picture);
  const drawn = overlayLabels(picture, labels, classes, OPACITY);
  const scaled = (point: { x: number; y: number }) => ({ x: point.x * scale, y: point.y * scale });
  drawOutline(drawn, boxCorners(box).map(scaled), BOX_COLOR, 2);
  for (const landmark of Object.values(alignment.landmarks)) {
    drawPoint(drawn, scaled(landmark), LANDMARK_COLOR, 4);
  }
  return drawn;
}

/** The event's masks as labels of a picture that is `scale` times the frame. */
function labelsOf(
  { face, model }: Exclude<SegmentationEvent, NoFaceEvent>,
  scale: number,
  { width, height }: Raster,
): LabelMap {
  const { classes } = classSet(model.classSet);
  const [{ mask }] = face.parts as [FacePart];
  const [rows, columns] = mask.size;
  const area = rows * columns;
  const planes = new Uint8Array(classes.length * area);
  planes.fill(BYTE / 3, 0, area);
  for (const part of face.parts) {
    const label = classes.findIndex(({ name }) => name === part.name);
    decodeRle(part.mask).data.forEach((inside, cell) => {
      if (inside === 1) planes[label * area + cell] = BYTE;
    });
  }
  const fine = { width: columns * SMOOTHING, height: rows * SMOOTHING };
  const labels = enlargeLabels(planes, classes.length, columns, rows, fine.width, fine.height);
  const gridToPicture = composeAffine(scaleAndMove(scale, scale, 0, 0), face.alignment.gridToFrame);
  const pictureToFine = composeAffine(scaleAndMove(SMOOTHING, SMOOTHING, 0, 0), invertAffine(gridToPicture));
  return warpLabels(labels, pictureToFine, width, height);
}
