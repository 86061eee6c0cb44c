import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '@oneface/edge/mqtt/broker';
import { InFlight } from '@oneface/edge/mqtt/in-flight';
import test from 'ava';
import fc from 'fast-check';
import { connack, PACKET, puback, startRawBroker } from './support/raw-broker.js';
import { addEvent, connectTo, patient, start } from './support/scene.js';

const DELIVERED: Delivery = { outcome: 'delivered' };

test('messages go in their order, never more than allowed, and each gets one answer', async (t) => {
  const steps = fc.array(fc.oneof(fc.constant('send' as const), fc.nat(7)), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), steps, async (limit, plan) => {
      const inFlight = new InFlight(limit, 60_000, () => t.fail());
      const open: { readonly number: number; readonly answer: (delivery: Delivery) => void }[] = [];
      const sent: number[] = [];
      const results: Promise<Delivery>[] = [];
      let answered = 0;
      for (const step of plan) {
        if (step === 'send') {
          const number = results.length;
          results.push(
            inFlight.run((answer) => {
              sent.push(number);
              open.push({ number, answer });
            }),
          );
        } else {
          const [one] = open.splice(step, 1);
          one?.answer(DELIVERED);
          // A second answer counts for nothing.
          one?.answer(DELIVERED);
          if (one !== undefined) answered += 1;
        }
        t.true(open.length <= limit);
      }
      t.deepEqual(
        sent,
        sent.toSorted((a, b) => a - b),
      );
      inFlight.lose();
      const outcomes = (await Promise.all(results)).map(({ outcome }) => outcome);
      t.is(outcomes.filter((outcome) => outcome === 'delivered').length, answered);
      t.is(outcomes.filter((outcome) => outcome === 'lost').length, results.length - answered);
    }),
  );
});

test('after it is closed nothing is sent, and what was sent may still be answered', async (t) => {
  const inFlight = new InFlight(1, 60_000, () => t.fail());
  let answer: (delivery: Delivery) => void = () => {};
  const first = inFlight.run((give) => {
    answer = give;
  });
  const second = inFlight.run(() => t.fail());
  inFlight.close();
  const third = inFlight.run(() => t.fail());
  answer(DELIVERED);
  t.deepEqual(await Promise.all([first, second, third]), [
    DELIVERED,
    { outcome: 'lost' },
    { outcome: 'lost' },
  ]);
});

test('a broker that answers pings but acknowledges nothing is left and tried again', async (t) => {
  const broker = await startRawBroker((packet, socket, connection) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
    // The first connection acknowledges the birth message alone.
    if (packet.type === PACKET.publish && (connection > 1 || broker.packets.length === 2)) {
      socket.write(puback(packet));
    }
  });
  t.teardown(() => broker.stop());
  const connect = connectTo(broker.port, { ackMilliseconds: 100 });
  const { publisher, outbox, logged } = start({ ...patient, connect });
  addEvent(outbox, 1);
  while (outbox.state.messages > 0) await delay(5);
  // With nothing under way there is nothing to wait for.
  await delay(200);
  t.is(publisher.state.session, 2);
  t.regex(logged.join(''), /how=failed error="the broker acknowledges nothing"/);
  await publisher.close('stopped', 500);
});

test('a broker that does not answer the subscription is left', async (t) => {
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
  });
  t.teardown(() => broker.stop());
  const attempt = connectTo(broker.port, { ackMilliseconds: 100 })(
    { will: { topic: 'oneface/door/status', payload: '{}' }, onCommand() {} },
    new AbortController().signal,
  );
  const error = await t.throwsAsync(attempt);
  t.regex(String(error.cause), /the broker acknowledges nothing/);
});
