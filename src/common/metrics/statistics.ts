/** A value at a time. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The value below which a share of the values lie (nearest rank); undefined without any.
 *
 * @param share 0-1
 */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/**
 * The slope of a line through points that some outliers do not move: the median of the slopes between all
 * pairs (Theil 1950, Sen 1968). Undefined with fewer than two points of different x.
 */
export function theilSen(points: readonly Point[]): number | undefined {
  const slopes: number[] = [];
  points.forEach((from, index) => {
    for (const to of points.slice(index + 1)) {
      if (to.x !== from.x) slopes.push((to.y - from.y) / (to.x - from.x));
    }
  });
  return median(slopes);
}
