import { quantile, theilSen } from '@oneface/common/metrics/statistics';
import test from 'ava';

test('the slope of a line is found whatever a quarter of its points say', (t) => {
  const points = Array.from({ length: 40 }, (_, x) => ({ x, y: x % 4 === 1 ? 1000 : 3 * x + 5 }));
  t.is(theilSen(points), 3);
});

test('one point has no slope', (t) => {
  t.is(theilSen([{ x: 1, y: 1 }]), undefined);
});

test('quantiles are of the values that are there', (t) => {
  t.is(quantile([], 0.5), undefined);
  t.is(quantile([3, 1, 2], 0.5), 2);
  t.is(quantile([3, 1, 2], 1), 3);
});
