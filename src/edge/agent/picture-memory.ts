import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of pictures after which those no longer in use are freed: few frames, and rarely enough to cost nothing. */
const COLLECT_AFTER = 8 * 1024 * 1024;

let collect: NodeJS.GCFunction | undefined;
let made = 0;

/**
 * Counts a decoded picture and, now and then, has the ones no longer in use freed.
 *
 * Their pixels lie outside the JavaScript heap, where V8 lets 64 MB pile up before it looks for them. A
 * collection of the young generation finds them in less than a millisecond; Node reaches it only through
 * this flag.
 *
 * @param bytes of its pixels
 */
export function countPicture(bytes: number): void {
  made += bytes;
  if (made < COLLECT_AFTER) return;
  made = 0;
  collect ??= exposedCollector();
  collect({ type: 'minor' });
}

function exposedCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
