import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { drawOutline, drawPoint, overlayLabels } from '@oneface/common/images/overlay';
import { blankRaster, type Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import test from 'ava';

function reds({ data }: Raster): number[] {
  return [...data].filter((_, index) => index % 3 === 0);
}

test('a sheet lays pictures out row by row with a margin, centred in equal cells', (t) => {
  const pictures = [blankRaster(1, 1, [1, 0, 0]), blankRaster(3, 1, [2, 0, 0]), blankRaster(1, 1, [3, 0, 0])];
  const sheet = contactSheet(pictures, { columns: 2, margin: 1, background: [9, 9, 9] });
  t.deepEqual([sheet.width, sheet.height], [9, 5]);
  t.deepEqual(reds(sheet).slice(9, 18), [9, 9, 1, 9, 9, 2, 2, 2, 9]);
  t.deepEqual(reds(sheet).slice(27, 36), [9, 9, 3, 9, 9, 9, 9, 9, 9]);
});

test('a sheet of nothing is refused', (t) => {
  t.throws(() => contactSheet([]), { instanceOf: InputError });
  t.throws(() => contactSheet([blankRaster(1, 1)], { columns: 0 }), { instanceOf: InputError });
});

test('an overlay colours the parts and leaves the background as it is', (t) => {
  const { classes } = classSet('face-3');
  const picture = blankRaster(3, 1, [100, 100, 100]);
  const labels = { width: 3, height: 1, data: Uint8Array.of(0, 1, 255) };
  const overlaid = overlayLabels(picture, labels, classes, 0.5);
  const [red, green, blue] = classes[1].color.map((channel) => Math.round((100 + channel) / 2));
  t.deepEqual([...overlaid.data], [100, 100, 100, red, green, blue, 100, 100, 100]);
  t.deepEqual(picture, blankRaster(3, 1, [100, 100, 100]));
  t.throws(() => overlayLabels(blankRaster(2, 1), labels, classes), { instanceOf: InputError });
});

test('outlines and points are drawn where they lie and cut off at the edge', (t) => {
  const picture = blankRaster(4, 4);
  drawPoint(picture, { x: 0.5, y: 0.5 }, [5, 5, 5], 1);
  drawOutline(
    picture,
    [
      { x: 1.5, y: 1.5 },
      { x: 9, y: 1.5 },
      { x: 9, y: 9 },
      { x: 1.5, y: 9 },
    ],
    [7, 7, 7],
  );
  t.deepEqual(reds(picture), [5, 0, 0, 0, 0, 7, 7, 7, 0, 7, 0, 0, 0, 7, 0, 0]);
});
