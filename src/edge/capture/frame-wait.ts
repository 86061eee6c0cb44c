import type { Frame, FrameSource } from '../frames/frame-source.js';
import type { InterruptibleSleep } from './interruptible-sleep.js';

/**
 * Waits for the next frame and calls `beat` every few milliseconds meanwhile: waiting is no standstill.
 *
 * @returns what `source.next` returns
 * @throws what it throws
 */
export async function waitForFrame(
  source: FrameSource,
  nap: InterruptibleSleep,
  beat: { readonly every: number; readonly call: () => void },
  signal: AbortSignal,
): Promise<Frame | undefined> {
  let waiting = true;
  const arrived = () => {
    waiting = false;
    nap.interrupt();
  };
  // Not Promise.race: a source that hangs for days would gather a reaction at every beat.
  const outcome = source.next(signal).then(
    (frame) => {
      arrived();
      return { frame };
    },
    (error: unknown) => {
      arrived();
      return { error };
    },
  );
  while (waiting && !signal.aborted) {
    await nap.sleep(beat.every, signal);
    if (waiting) beat.call();
  }
  const result = await outcome;
  if ('error' in result) throw result.error;
  return result.frame;
}
