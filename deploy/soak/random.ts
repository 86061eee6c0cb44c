import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws an integer from `least` to `most`, both included. */
export type Random = (least: number, most: number) => number;

/** A stream of random numbers that follows from its seed. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return (least, most) => uniformInt(generator, least, most);
}

/** The same things in a random order (Fisher-Yates). */
export function shuffled<T>(things: readonly T[], random: Random): T[] {
  const order = [...things];
  for (let last = order.length - 1; last > 0; last--) {
    const other = random(0, last);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
