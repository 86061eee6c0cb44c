import { classSet } from '@oneface/common/classes/class-sets';
import { type Affine, applyAffine, invertAffine } from '@oneface/common/images/affine';
import { blankRaster, type Color, type Raster } from '@oneface/common/images/raster';

const FACE_10 = classSet('face-10');

/** A label's ellipse in the aligned picture of side 1: centre x, centre y, radius x, radius y. */
type Ellipse = readonly [name: string, x: number, y: number, radiusX: number, radiusY: number];

/** Where a median face of CelebAMask-HQ has its parts; the first that covers a point wins. */
const PARTS: readonly Ellipse[] = [
  ['mouth', 0.5, 0.75, 0.1, 0.043],
  ['nose', 0.499, 0.576, 0.07, 0.09],
  ['eye', 0.377, 0.478, 0.046, 0.02],
  ['eye', 0.623, 0.478, 0.046, 0.02],
  ['brow', 0.365, 0.41, 0.08, 0.02],
  ['brow', 0.635, 0.41, 0.08, 0.02],
  ['skin', 0.505, 0.555, 0.265, 0.37],
  ['ear', 0.225, 0.55, 0.03, 0.08],
  ['ear', 0.785, 0.55, 0.03, 0.08],
  ['hair', 0.5, 0.42, 0.34, 0.4],
  ['neck', 0.5, 0.95, 0.16, 0.16],
  ['cloth', 0.5, 1.2, 0.6, 0.25],
];

/** The colour in which a class is drawn, and by which the colour segmenter knows it again. */
export function colorOf(name: string): Color {
  const found = FACE_10.classes.find((part) => part.name === name);
  if (found === undefined) throw new Error(`no class ${name}`);
  return found.color;
}

/** A frame of the background's colour. */
export function emptyFrame(width: number, height: number): Raster {
  return blankRaster(width, height, colorOf('background'));
}

/** Maps the template to the frame: its middle at x, y; `side` pixels large; turned clockwise. */
export function placement(x: number, y: number, side: number, rollDegrees: number): Affine {
  const angle = (rollDegrees * Math.PI) / 180;
  const [cos, sin] = [side * Math.cos(angle), side * Math.sin(angle)];
  return [cos, -sin, x - (cos - sin) / 2, sin, cos, y - (sin + cos) / 2];
}

/** Draws a face into the frame, without the parts named in `without` (what lies beneath shows). */
export function drawFace(frame: Raster, templateToFrame: Affine, without: readonly string[] = []): void {
  const toTemplate = invertAffine(templateToFrame);
  const parts = PARTS.filter(([name]) => !without.includes(name));
  for (let y = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++) {
      const point = applyAffine(toTemplate, { x: x + 0.5, y: y + 0.5 });
      const part = parts.find(
        ([, centreX, centreY, radiusX, radiusY]) =>
          ((point.x - centreX) / radiusX) ** 2 + ((point.y - centreY) / radiusY) ** 2 <= 1,
      );
      if (part !== undefined) frame.data.set(colorOf(part[0]), (y * frame.width + x) * 3);
    }
  }
}
