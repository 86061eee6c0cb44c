import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyMode } from './proxy-mode.js';

/** Bytes held back before the sender has to wait, as a socket's buffer would. */
const MOST_HELD_BYTES = 64 * 1024;
/** A slow line hands out its bytes in steps of this many milliseconds. */
const STEP_MILLISECONDS = 20;

/** Bytes on their way, and when they may arrive (milliseconds of the monotonic clock). */
interface Held {
  readonly bytes: Buffer;
  readonly due: number;
}

/**
 * Carries bytes from one socket to the other as the mode says, until one of them is closed. The end of the
 * stream is passed on like its bytes.
 *
 * @param mode asked again and again
 * @param onLost told when bytes or the end vanished: the stream is broken for good
 */
export async function pump(
  from: Socket,
  to: Socket,
  mode: () => ProxyMode,
  onLost: () => void,
): Promise<void> {
  const held: Held[] = [];
  let heldBytes = 0;
  let ended = false;
  let wake = () => {};
  from.on('data', (bytes) => {
    const now = mode();
    if (now.kind === 'blackhole') return onLost();
    held.push({ bytes, due: performance.now() + (now.kind === 'slow' ? now.latency : 0) });
    heldBytes += bytes.length;
    if (heldBytes > MOST_HELD_BYTES) from.pause();
    wake();
  });
  from.once('end', () => {
    ended = true;
    wake();
  });
  for (const socket of [from, to]) socket.once('close', () => wake());
  while (!to.destroyed) {
    const next = held[0];
    if (next === undefined) {
      if (ended && mode().kind === 'blackhole') {
        onLost();
        return void from.destroy();
      }
      if (ended) return void to.end();
      if (from.destroyed) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const now = mode();
    if (now.kind === 'blackhole') {
      // What was on its way when the line died never arrives.
      held.length = 0;
      heldBytes = 0;
      from.resume();
      onLost();
      continue;
    }
    const slow = now.kind === 'slow';
    if (slow && performance.now() < next.due) {
      await delay(Math.min(STEP_MILLISECONDS, next.due - performance.now()));
      continue;
    }
    const most = slow
      ? Math.max(1, Math.round((now.bytesPerSecond * STEP_MILLISECONDS) / 1000))
      : next.bytes.length;
    const piece = next.bytes.subarray(0, most);
    if (piece.length === next.bytes.length) held.shift();
    else held[0] = { ...next, bytes: next.bytes.subarray(most) };
    heldBytes -= piece.length;
    if (heldBytes <= MOST_HELD_BYTES) from.resume();
    const free = to.write(piece);
    if (slow) await delay(STEP_MILLISECONDS);
    else if (!free) await drained(to);
  }
}

/** Waits until a socket takes more bytes, or is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    for (const event of ['drain', 'close']) socket.once(event, () => resolve());
  });
}
