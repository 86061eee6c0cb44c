import { InputError } from '@oneface/common/errors/errors';
import { createMemoryOutbox, type Outbox, type OutgoingMessage } from '@oneface/edge/mqtt/outbox';
import test from 'ava';
import fc from 'fast-check';

function message(payload: string): OutgoingMessage {
  return { topic: 'oneface/door/events', payload };
}

function takeAll(outbox: Outbox): OutgoingMessage[] {
  const taken: OutgoingMessage[] = [];
  for (let next = outbox.take(); next !== undefined; next = outbox.take()) taken.push(next);
  return taken;
}

const payloads = (messages: readonly OutgoingMessage[]) => messages.map(({ payload }) => payload);

test('messages leave in order, and only when they are settled', (t) => {
  const outbox = createMemoryOutbox(10);
  for (const payload of ['a', 'b', 'c']) outbox.add(message(payload));
  const taken = takeAll(outbox);
  t.deepEqual(payloads(taken), ['a', 'b', 'c']);
  t.is(outbox.size, 3);
  outbox.settle(taken[1]);
  outbox.release();
  t.deepEqual(payloads(takeAll(outbox)), ['a', 'c']);
});

test('a full outbox gives up its oldest message and names it', (t) => {
  const outbox = createMemoryOutbox(2);
  outbox.add(message('a'));
  outbox.add(message('b'));
  t.deepEqual(payloads(outbox.add(message('c'))), ['a']);
  t.deepEqual(payloads(takeAll(outbox)), ['b', 'c']);
});

test('an acknowledgement of a message that was dropped meanwhile changes nothing', (t) => {
  const outbox = createMemoryOutbox(1);
  outbox.add(message('a'));
  const [a] = takeAll(outbox);
  outbox.add(message('b'));
  outbox.settle(a);
  t.deepEqual(payloads(takeAll(outbox)), ['b']);
});

test('an outbox needs room for at least one message', (t) => {
  const error = t.throws(() => createMemoryOutbox(0), { instanceOf: InputError });
  t.is(error?.message, 'Expected a positive integer for the capacity of the outbox but received 0');
});

type Step = { do: 'add' } | { do: 'take' } | { do: 'release' } | { do: 'settle'; which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.constant<Step>({ do: 'add' }),
    fc.constant<Step>({ do: 'take' }),
    fc.constant<Step>({ do: 'release' }),
    fc.record({ do: fc.constant('settle' as const), which: fc.nat(5) }),
  ),
  { maxLength: 60 },
);

test('whatever happens, an added message is settled, dropped or still there, in its order', (t) => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (actions, capacity) => {
      const outbox = createMemoryOutbox(capacity);
      const added: OutgoingMessage[] = [];
      const gone = new Set<OutgoingMessage>();
      let underWay: OutgoingMessage[] = [];
      for (const action of actions) {
        if (action.do === 'add') {
          added.push(message(String(added.length)));
          for (const dropped of outbox.add(added[added.length - 1])) gone.add(dropped);
        } else if (action.do === 'take') {
          const taken = outbox.take();
          if (taken !== undefined) underWay.push(taken);
        } else if (action.do === 'release') {
          outbox.release();
          underWay = [];
        } else {
          const [settled] = underWay.splice(action.which, 1);
          if (settled === undefined) continue;
          outbox.settle(settled);
          gone.add(settled);
        }
      }
      outbox.release();
      t.true(outbox.size <= capacity);
      t.deepEqual(payloads(takeAll(outbox)), payloads(added.filter((one) => !gone.has(one))));
    }),
  );
});
