import { assign } from '@oneface/edge/presence/assignment';
import test from 'ava';
import fc from 'fast-check';

type Costs = readonly (readonly (number | undefined)[])[];

/** The most pairs, and the least cost of that many, by trying everything. */
function bestBySearch(costs: Costs, row = 0, taken: readonly number[] = []): [pairs: number, cost: number] {
  if (row === costs.length) return [0, 0];
  let best = bestBySearch(costs, row + 1, taken);
  costs[row].forEach((cost, column) => {
    if (cost === undefined || taken.includes(column)) return;
    const [pairs, rest] = bestBySearch(costs, row + 1, [...taken, column]);
    if (pairs + 1 > best[0] || (pairs + 1 === best[0] && cost + rest < best[1]))
      best = [pairs + 1, cost + rest];
  });
  return best;
}

const costs: fc.Arbitrary<Costs> = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .chain(([rows, columns]) =>
    fc.array(
      fc.array(fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }), {
        minLength: columns,
        maxLength: columns,
      }),
      { minLength: rows, maxLength: rows },
    ),
  );

test('as many as possible are paired, at the least cost', (t) => {
  fc.assert(
    fc.property(costs, (given) => {
      const columns = assign(given);
      t.is(columns.length, given.length);
      const pairs = columns.flatMap((column, row) => (column === undefined ? [] : [[row, column]]));
      t.is(new Set(pairs.map(([, column]) => column)).size, pairs.length);
      let total = 0;
      for (const [row, column] of pairs) {
        const cost = given[row][column];
        t.not(cost, undefined);
        total += Number(cost);
      }
      t.deepEqual([pairs.length, total], bestBySearch(given));
    }),
    { numRuns: 500 },
  );
});

test('the nearest pair is given up when the others gain more', (t) => {
  const table = [
    [1, 2],
    [2, 9],
  ];
  t.deepEqual(assign(table), [1, 0]);
});
