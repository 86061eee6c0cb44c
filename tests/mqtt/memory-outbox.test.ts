import { InputError } from '@oneface/common/errors/errors';
import {
  MESSAGE_KINDS,
  type MessageKind,
  type Outbox,
  type QueuedMessage,
} from '@oneface/edge/outbox/outbox';
import test from 'ava';
import fc from 'fast-check';
import { TestTime } from '../outbox/support/test-time.js';
import { createMemoryOutbox } from './support/memory-outbox.js';

const LOG_ID = '0123456789abcdef0123456789abcdef';

const openOutbox = (capacity: number) => createMemoryOutbox(capacity, LOG_ID, new TestTime());

async function add(outbox: Outbox, kind: MessageKind, payload: string): Promise<void> {
  const message = { topic: 'topic', payload };
  await (kind === 'event' ? outbox.addEvent(() => message) : outbox.add(kind, message));
}

function takeAll(outbox: Outbox): QueuedMessage[] {
  const taken: QueuedMessage[] = [];
  for (let next = outbox.take(); next !== undefined; next = outbox.take()) taken.push(next);
  return taken;
}

const payloads = (messages: readonly QueuedMessage[]) => messages.map(({ payload }) => payload);

test('messages leave in order, and only when they are settled', async (t) => {
  const outbox = openOutbox(10);
  for (const payload of ['a', 'b', 'c']) await add(outbox, 'event', payload);
  const taken = takeAll(outbox);
  t.deepEqual(payloads(taken), ['a', 'b', 'c']);
  t.is(outbox.state.messages, 3);
  outbox.settle(taken[1]);
  outbox.release();
  t.deepEqual(payloads(takeAll(outbox)), ['a', 'c']);
});

test('events are numbered in turn, in a log that is not kept', async (t) => {
  const outbox = openOutbox(10);
  const positions: unknown[] = [];
  for (let count = 0; count < 2; count += 1) {
    await outbox.addEvent((position) => {
      positions.push(position);
      return { topic: 'topic', payload: '{}' };
    });
  }
  const log = { id: LOG_ID, kept: false };
  t.deepEqual(positions, [
    { log, sequence: 1 },
    { log, sequence: 2 },
  ]);
  t.false(outbox.state.kept);
});

test('a full outbox gives up health first, then replies, then its oldest event, and counts them', async (t) => {
  const outbox = openOutbox(2);
  await add(outbox, 'event', 'a');
  await add(outbox, 'health', 'h');
  await add(outbox, 'reply', 'r');
  t.deepEqual(outbox.state.dropped, { health: 1, reply: 0, event: 0 });
  await add(outbox, 'event', 'b');
  await add(outbox, 'event', 'c');
  t.deepEqual(outbox.state.dropped, { health: 1, reply: 1, event: 1 });
  t.deepEqual(payloads(takeAll(outbox)), ['b', 'c']);
});

test('an acknowledgement of a message that was dropped meanwhile changes nothing', async (t) => {
  const outbox = openOutbox(1);
  await add(outbox, 'event', 'a');
  const [a] = takeAll(outbox);
  await add(outbox, 'event', 'b');
  outbox.settle(a);
  t.deepEqual(payloads(takeAll(outbox)), ['b']);
});

test('an outbox needs room for at least one message', (t) => {
  const error = t.throws(() => openOutbox(0), { instanceOf: InputError });
  t.is(error?.message, 'Expected a positive integer for the capacity of the outbox but received 0');
});

type Step =
  | { do: 'add'; kind: MessageKind }
  | { do: 'take' }
  | { do: 'release' }
  | { do: 'settle'; which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), kind: fc.constantFrom(...MESSAGE_KINDS) }),
    fc.constant<Step>({ do: 'take' }),
    fc.constant<Step>({ do: 'release' }),
    fc.record({ do: fc.constant('settle' as const), which: fc.nat(5) }),
  ),
  { maxLength: 60 },
);

test('whatever happens, an added message is settled, counted as dropped or still there, in its order', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 8 }), async (actions, capacity) => {
      const outbox = openOutbox(capacity);
      let added = 0;
      let settled = 0;
      let underWay: QueuedMessage[] = [];
      for (const action of actions) {
        if (action.do === 'add') {
          added += 1;
          await add(outbox, action.kind, String(added));
        } else if (action.do === 'take') {
          const taken = outbox.take();
          if (taken !== undefined) underWay.push(taken);
        } else if (action.do === 'release') {
          outbox.release();
          underWay = [];
        } else {
          const [message] = underWay.splice(action.which, 1);
          const before = outbox.state.messages;
          if (message !== undefined) outbox.settle(message);
          settled += before - outbox.state.messages;
        }
      }
      outbox.release();
      const { messages, dropped } = outbox.state;
      t.true(messages <= capacity);
      t.is(messages + settled + dropped.health + dropped.reply + dropped.event, added);
      const left = payloads(takeAll(outbox)).map(Number);
      t.deepEqual(
        left,
        left.toSorted((a, b) => a - b),
      );
    }),
  );
});
