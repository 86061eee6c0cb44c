import { LONGEST_COMMAND } from '@oneface/common/commands/command';
import { validateCommand } from '@oneface/common/commands/parse';
import { InputError } from '@oneface/common/errors/errors';
import { sleep } from '@oneface/edge/clock/sleep';
import { EXECUTIONS, MOST_OPEN_COMMANDS } from '@oneface/edge/commands/command-handler';
import { REFUSALS } from '@oneface/edge/commands/refusals';
import { replaceStateFile } from '@oneface/edge/files/state-file';
import test from 'ava';
import fc from 'fast-check';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type Rig, startRig } from './rig.js';

/** A rig that nothing stops from answering, and that says whether it wrote anything. */
async function patientRig(folder: string): Promise<{ rig: Rig; writes: () => number }> {
  let monotonic = 0;
  let writes = 0;
  const rig = await startRig(folder, {
    monotonic: () => (monotonic += Math.max(REFUSALS.interval, EXECUTIONS.interval)),
    replace: async (path, bytes) => {
      writes += 1;
      await replaceStateFile(path, bytes);
    },
  });
  return { rig, writes: () => writes };
}

function isCommand(bytes: Uint8Array): boolean {
  try {
    validateCommand(JSON.parse(Buffer.from(bytes).toString()));
    return true;
  } catch (error) {
    if (error instanceof InputError || error instanceof SyntaxError) return false;
    throw error;
  }
}

const id = fc.oneof(fc.constantFrom('12345678', 'a'.repeat(64)), fc.string());
const almostCommand = fc
  .record(
    {
      schemaVersion: fc.oneof(fc.constant(1), fc.jsonValue()),
      id,
      command: fc.oneof(
        fc.constantFrom('capture', 'set-config', 'restart', 'explode', '__proto__'),
        fc.jsonValue(),
      ),
      expires: fc.oneof(fc.constant('2026-03-01T12:30:00.000Z'), fc.string()),
      seconds: fc.oneof(fc.integer(), fc.jsonValue()),
      path: fc.oneof(
        fc.constantFrom('frames.perSecond', '__proto__.x', 'constructor.prototype'),
        fc.string(),
      ),
      value: fc.jsonValue(),
      __proto__: fc.constant(1),
    },
    { requiredKeys: [] },
  )
  .map((value) => Buffer.from(JSON.stringify(value)));
const payload = fc
  .oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ minLength: LONGEST_COMMAND - 2, maxLength: LONGEST_COMMAND + 2 }),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
    almostCommand,
  )
  .filter((bytes) => bytes.length > 0 && !isCommand(bytes));

test('any bytes that are no command give exactly one error reply and change nothing', async (t) => {
  const { rig, writes } = await patientRig(await temporaryFolder(t));
  const states = new Set<string>();
  await fc.assert(
    fc.asyncProperty(payload, fc.boolean(), async (bytes, retain) => {
      const before = rig.replies.all.length;
      await rig.handler.handle(bytes, { retain });
      t.is(rig.replies.all.length, before + 1);
      const reply = rig.replies.all.at(-1);
      t.true(reply?.state === 'rejected' || reply?.state === 'failed');
      states.add(reply?.state ?? '');
    }),
    { numRuns: 1000 },
  );
  t.is(states.size, 2);
  t.deepEqual(rig.calls, []);
  t.is(writes(), 0);
  t.is(rig.settings.store.onProbation, undefined);
});

test('JSON nested as deeply as a command may be long is refused like any other', async (t) => {
  const { rig, writes } = await patientRig(await temporaryFolder(t));
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ]) {
    const depth = Math.floor((LONGEST_COMMAND - 200) / (open.length + close.length));
    const deep = `${open.repeat(depth)}1${close.repeat(depth)}`;
    for (const text of [
      deep,
      `{"schemaVersion":1,"id":"deep-nest","command":"capture","x":${deep}}`,
      `{"schemaVersion":1,"id":"deep-name","command":${deep}}`,
    ]) {
      await rig.handler.handle(Buffer.from(text), { retain: false });
      t.true(['rejected', 'failed'].includes(rig.replies.all.at(-1)?.state ?? ''));
    }
    const set = `{"schemaVersion":1,"id":"deep-value","command":"set-config","path":"report","value":${deep}}`;
    await rig.handler.handle(Buffer.from(set), { retain: false });
    t.like(rig.replies.all.at(-1), { state: 'failed', error: { code: 'malformed' } });
  }
  t.is(writes(), 0);
});

test('whatever comes in whatever order, a command runs at most once and has one final answer', async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  const { signal } = new AbortController();
  const sending = fc.record({
    id: fc.integer({ min: 0, max: 4 }),
    name: fc.constantFrom('capture', 'send-health', 'diagnose'),
    retain: fc.boolean(),
    wait: fc.boolean(),
  });
  const { rig } = await patientRig(folder);
  await fc.assert(
    fc.asyncProperty(fc.array(sending, { maxLength: 2 * MOST_OPEN_COMMANDS }), async (sendings) => {
      run += 1;
      const sent: Promise<void>[] = [];
      const first = rig.replies.all.length;
      rig.calls.length = 0;
      for (const { id: number, name, retain, wait } of sendings) {
        const command = { schemaVersion: 1, id: `run-${run}-${number}`, command: name };
        sent.push(rig.send(command, retain));
        if (wait) await Promise.all(sent);
      }
      await Promise.all(sent);
      const replies = rig.replies.all.slice(first);
      const accepted = replies.flatMap((reply) =>
        reply.state === 'accepted' && !reply.repeated ? [reply.id] : [],
      );
      t.is(new Set(accepted).size, accepted.length);
      // Each message has one answer, and each command that is taken two more: executing and the final one.
      const expected = sendings.length + 2 * accepted.length;
      const count = () => rig.replies.all.length - first;
      for (let tries = 0; count() < expected && tries < 1000; tries++) await sleep(1, signal);
      await sleep(1, signal);
      t.is(count(), expected);
      t.is(rig.calls.length, accepted.length);
    }),
    { numRuns: 60 },
  );
});
