import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock/clock.js';
import type { OutputLine } from './lines.js';
import { OnTime } from './on-time.js';

/** What the holder is told, one line each: to be on for so many milliseconds, or off. */
export type RelayOrder = `on ${number}` | 'off';

/**
 * From a signal that ends all of the agent's processes until the holder ends although its agent is still
 * there. An agent that hears the same signal does not take this for a failure, and ends the holder itself.
 */
const GRACE_MILLISECONDS = 1000;

export interface HoldRelayOptions {
  /** From the agent, which ends or is killed when they end. */
  readonly orders: Readable;
  /** Aborted, it is off for good. Aborted with an error as the reason, the line is lost. */
  readonly end: AbortSignal;
  /** Milliseconds after which it goes off, however often it is told to stay on. */
  readonly longestOn: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Owns the relay's line in a process of its own, so that it goes off whatever the agent does: at its order,
 * after its longest on-time, when the agent ends or is killed (its end of the pipe closes).
 *
 * @param line is off
 * @returns once the orders have ended; the line is then off
 * @throws when the orders break off in an error, or the line is lost or cannot be switched; it is set off if
 *   that can be done
 */
export async function holdRelay(line: OutputLine, options: HoldRelayOptions): Promise<void> {
  const { orders, end, longestOn, clock } = options;
  const onTime = new OnTime(longestOn);
  const lines = createInterface({ input: orders });
  const lost = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  const apply = () => {
    clearTimeout(timer);
    const left = end.aborted ? 0 : onTime.left(clock.monotonic());
    if (left > 0) timer = setTimeout(apply, left);
    line.set(left > 0).catch((error) => lost.abort(error));
  };
  lines.on('line', (order) => {
    const [, milliseconds] = /^on (\d{1,9})$/.exec(order) ?? [];
    const now = clock.monotonic();
    if (milliseconds === undefined) onTime.off(now);
    else onTime.on(now, Number(milliseconds));
    apply();
  });
  orders.once('error', (error) => lost.abort(error));
  const onEnd = () => {
    if (end.reason instanceof Error && end.reason.name !== 'AbortError') return lost.abort(end.reason);
    apply();
    grace = setTimeout(() => lines.close(), GRACE_MILLISECONDS);
  };
  try {
    const closed = once(lines, 'close', { signal: lost.signal });
    if (end.aborted) onEnd();
    else end.addEventListener('abort', onEnd, { once: true });
    await closed;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    end.removeEventListener('abort', onEnd);
    lines.close();
    await line.close();
  }
}
