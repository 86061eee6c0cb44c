/** 0 at `from`, 1 at `to` and beyond, level at both ends; `from` may be the larger one. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** From one number (share 0) to another (share 1) in a straight line. */
export function lerp(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
