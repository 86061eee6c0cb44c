import type { LabelMap } from '@oneface/common/images/raster';
import { connectedComponents } from '@oneface/common/masks/components';
import test from 'ava';
import fc from 'fast-check';

function drawn(...rows: string[]): LabelMap {
  return {
    width: rows[0].length,
    height: rows.length,
    data: Uint8Array.from([...rows.join('')].map(Number)),
  };
}

test('pixels that touch at a corner belong together, others do not', (t) => {
  const found = connectedComponents(drawn('10000', '01001', '00001'), [1]);
  t.deepEqual(
    found.map(({ area, box, centroid }) => ({ area, box, centroid })),
    [
      { area: 2, box: { x: 0, y: 0, width: 2, height: 2 }, centroid: { x: 1, y: 1 } },
      { area: 2, box: { x: 4, y: 1, width: 1, height: 2 }, centroid: { x: 4.5, y: 2 } },
    ],
  );
});

test('labels of one group join, other labels separate', (t) => {
  const map = drawn('12301');
  t.deepEqual(
    connectedComponents(map, [1, 2, 3]).map(({ area }) => area),
    [3, 1],
  );
  t.deepEqual(
    connectedComponents(map, [1, 3]).map(({ area }) => area),
    [1, 1, 1],
  );
});

test('the confidence of a component is the mean of its pixels', (t) => {
  const [found] = connectedComponents(drawn('0110'), [1], Float32Array.of(1, 0.25, 0.75, 1));
  t.is(found.confidence, 0.5);
});

test('every wanted pixel lies in exactly one component, and components come largest first', (t) => {
  const maps = fc
    .integer({ min: 1, max: 12 })
    .chain((width) =>
      fc
        .integer({ min: 1, max: 12 })
        .chain((height) =>
          fc
            .uint8Array({ minLength: width * height, maxLength: width * height, max: 2 })
            .map((data) => ({ width, height, data })),
        ),
    );
  fc.assert(
    fc.property(maps, (map) => {
      const found = connectedComponents(map, [1, 2]);
      const pixels = found.flatMap((component) => [...component.pixels]).sort((a, b) => a - b);
      t.deepEqual(
        pixels,
        [...map.data.keys()].filter((pixel) => map.data[pixel] !== 0),
      );
      found.forEach(({ area }, index) => {
        t.true(index === 0 || area <= found[index - 1].area);
      });
    }),
  );
});
