import type { Clock } from './clock.js';

/** A time server may slew the clock by some milliseconds between two looks; more is a jump. */
export const SMALLEST_JUMP_MILLISECONDS = 2000;

/** The wall clock was set while the agent ran. */
export interface ClockJump {
  /** Milliseconds it was moved by: above 0 forward, below 0 back. */
  readonly by: number;
  /** Wall clock now, in milliseconds since 1970. */
  readonly to: number;
}

/**
 * Makes the function that says whether the wall clock has jumped since it was last asked: whether it went on
 * by another time than the monotonic clock.
 */
export function createJumpDetector(clock: Clock): () => ClockJump | undefined {
  let last = readBoth(clock);
  return () => {
    const before = last;
    last = readBoth(clock);
    const by = last.wall - before.wall - (last.monotonic - before.monotonic);
    const doubt = last.doubt + before.doubt;
    return Math.abs(by) > SMALLEST_JUMP_MILLISECONDS + doubt
      ? { by: Math.round(by), to: last.wall }
      : undefined;
  };
}

/** The process may be held up between the two readings; `doubt` says how far apart they can be. */
function readBoth(clock: Clock): { wall: number; monotonic: number; doubt: number } {
  const monotonic = clock.monotonic();
  const wall = clock.now();
  return { wall, monotonic, doubt: clock.monotonic() - monotonic };
}
