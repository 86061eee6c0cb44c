import { randomBytes } from 'node:crypto';
import { sleep } from '@oneface/edge/clock/sleep';
import { createLogger } from '@oneface/edge/logging/logger';
import { openDurableOutbox } from '@oneface/edge/outbox/durable-outbox';
import type { LogPosition, Outbox } from '@oneface/edge/outbox/outbox';

/** How much faster time passes than on a device, so that no test waits for its pauses. */
const HASTE = 20;

/**
 * Opens an outbox on the real disk.
 *
 * @param onLine gets what it logs
 */
export function openRealOutbox(
  folder: string,
  maxBytes: number,
  onLine: (line: string) => void = () => {},
): Promise<Outbox> {
  return openDurableOutbox(
    { folder, maxBytes },
    {
      clock: { monotonic: () => HASTE * performance.now() },
      trustedNow: () => Date.now(),
      randomBytes,
      sleep: (milliseconds, signal) => sleep(milliseconds / HASTE, signal),
      log: createLogger({ level: 'info', format: 'text', now: Date.now, write: onLine }),
    },
  );
}

/** Adds an event that carries its place, and gives that. */
export async function addEvent(outbox: Outbox, payloadBytes: number): Promise<LogPosition> {
  let place: LogPosition | undefined;
  await outbox.addEvent((position) => {
    place = position;
    return { topic: 'events', payload: JSON.stringify({ ...position, pad: 'x'.repeat(payloadBytes) }) };
  });
  if (place === undefined) throw new Error('The event was not built');
  return place;
}

/** Waits until something is so; a test's own time limit ends a wait for nothing. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10, new AbortController().signal);
}

/** Has all messages delivered, and gives the places of the events in the order in which they came. */
export async function deliverAll(outbox: Outbox): Promise<LogPosition[]> {
  const places: LogPosition[] = [];
  while (outbox.state.messages > 0) {
    for (let message = outbox.take(); message !== undefined; message = outbox.take()) {
      if (message.kind === 'event') {
        const { log, sequence } = JSON.parse(message.payload) as LogPosition;
        places.push({ log, sequence });
      }
      outbox.settle(message);
    }
    await sleep(1, new AbortController().signal);
  }
  return places;
}
