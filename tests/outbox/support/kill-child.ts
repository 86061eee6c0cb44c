/**
 * A process to be killed: adds events as fast as the outbox takes them, plays the broker, and writes what
 * happened to standard output (a file, which outlives it) line by line:
 *
 *   added ID LOG SEQUENCE     the outbox took it
 *   seen ID LOG SEQUENCE      the broker got it
 *   settled ID
 *   dropped COUNT
 *
 * Arguments: folder, name of this life, sync policy, and 'drain' to add nothing and end when all is delivered.
 * On descriptor 3 it says "begun", and "open" when the outbox is.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { sleep } from '@oneface/edge/clock/sleep';
import { createLogger } from '@oneface/edge/logging/logger';
import { openDurableOutbox } from '@oneface/edge/outbox/durable-outbox';
import type { LogPosition, Outbox, QueuedMessage } from '@oneface/edge/outbox/outbox';

/** Far from what the outbox may hold, so that nothing is dropped. */
const MOST_WAITING = 100;
const MOST_UNDER_WAY = 8;

interface Event extends LogPosition {
  readonly id: string;
}

const say = (line: string) => writeSync(1, `${line}\n`);

async function add(outbox: Outbox, life: string, number: number): Promise<void> {
  const id = `${life}.${number}`;
  let place = '';
  await outbox.addEvent(({ log, sequence }) => {
    place = `${log.kept ? log.id : 'memory'} ${sequence}`;
    const pad = 'x'.repeat(Math.floor(Math.random() * 6000));
    return { topic: 'events', payload: JSON.stringify({ id, log, sequence, pad }) };
  });
  say(`added ${id} ${place}`);
}

/** Takes what there is and settles in no particular order, some of it late. */
function play(outbox: Outbox): void {
  const underWay: QueuedMessage[] = [];
  const step = () => {
    while (underWay.length < MOST_UNDER_WAY) {
      const message = outbox.take();
      if (message === undefined) break;
      underWay.push(message);
      const { id, log, sequence } = JSON.parse(message.payload) as Event;
      say(`seen ${id} ${log.kept ? log.id : 'memory'} ${sequence}`);
    }
    const [message] = underWay.splice(Math.floor(Math.random() * underWay.length), 1);
    if (message !== undefined) {
      outbox.settle(message);
      say(`settled ${(JSON.parse(message.payload) as Event).id}`);
    }
    if (Math.random() < 0.02) {
      outbox.release();
      underWay.length = 0;
    }
    setImmediate(step);
  };
  step();
}

const [folder, life, sync, mode] = process.argv.slice(2);
writeSync(3, 'begun\n');
const outbox = await openDurableOutbox(
  { folder, maxBytes: 1024 * 1024, sync: sync === 'interval' ? 'interval' : 'always', syncMilliseconds: 20 },
  {
    clock: { monotonic: () => performance.now() },
    trustedNow: () => Date.now(),
    randomBytes,
    sleep,
    log: createLogger({ level: 'warn', format: 'text', now: Date.now, write: (line) => writeSync(2, line) }),
  },
);
writeSync(3, 'open\n');
play(outbox);
if (mode === 'drain') {
  while (outbox.state.messages > 0) await sleep(5, new AbortController().signal);
  say(`dropped ${outbox.state.dropped.event}`);
  await outbox.close();
  process.exit(0);
}
for (let number = 1; ; number += 1) {
  if (outbox.state.messages < MOST_WAITING) void add(outbox, life, number);
  if (number % 3 === 0) await sleep(1, new AbortController().signal);
  if (outbox.state.dropped.event > 0) say(`dropped ${outbox.state.dropped.event}`);
}
