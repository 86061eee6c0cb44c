import { Requests } from '@oneface/edge/mqtt/requests';
import test from 'ava';
import fc from 'fast-check';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const reply = (id: string, state = 'accepted') => JSON.stringify({ id, state });

test('a reply is copied to the response topic of its command until its last state', (t) => {
  for (const last of ['successful', 'failed']) {
    const requests = new Requests();
    const correlationData = Buffer.from('c');
    requests.note(bytes({ id: 'one' }), { retain: false, responseTopic: 'a/b', correlationData });
    requests.note(bytes({ id: 'two' }), { retain: false });
    for (const state of ['accepted', 'executing', last]) {
      t.deepEqual(requests.answer(reply('one', state)), {
        message: { topic: 'a/b', payload: reply('one', state) },
        options: { retain: false, correlationData },
      });
    }
    t.is(requests.answer(reply('one', last)), undefined);
    t.is(requests.answer(reply('two')), undefined);
  }
});

test('a device does not speak at the topics of others, of the broker, or at wildcards', (t) => {
  for (const responseTopic of [
    'oneface/a/commands',
    'oneface',
    '$SYS/x',
    '$share/g/t',
    'a/+',
    '#',
    'a\0b',
    '',
  ]) {
    const requests = new Requests();
    requests.note(bytes({ id: 'one' }), { retain: false, responseTopic });
    t.is(requests.answer(reply('one')), undefined, responseTopic);
  }
});

test('a command that the broker keeps, a too long one and one without an id get no copies', (t) => {
  const requests = new Requests();
  const properties = { retain: false, responseTopic: 'a' };
  requests.note(bytes({ id: 'kept' }), { ...properties, retain: true });
  requests.note(bytes({ id: 'long', x: 'y'.repeat(8192) }), properties);
  requests.note(bytes({ id: 7 }), properties);
  for (const id of ['kept', 'long', '7']) t.is(requests.answer(reply(id)), undefined);
});

test('no more than 64 requests are remembered, the newest', (t) => {
  const requests = new Requests();
  for (let i = 0; i < 1000; i++) {
    requests.note(bytes({ id: `id-${i}` }), { retain: false, responseTopic: 'a' });
  }
  t.is(requests.answer(reply('id-935')), undefined);
  for (let i = 936; i < 1000; i++) t.not(requests.answer(reply(`id-${i}`)), undefined);
});

test('whatever comes as command or reply, nothing is thrown', (t) => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.uint8Array().map((a) => Buffer.from(a).toString('latin1')),
  );
  fc.assert(
    fc.property(texts, texts, (command, answer) => {
      const requests = new Requests();
      requests.note(bytes({ id: 'one' }), { retain: false, responseTopic: 'a' });
      requests.note(Buffer.from(command), { retain: false, responseTopic: answer });
      t.notThrows(() => requests.answer(answer));
    }),
  );
});
