import { readdirSync } from 'node:fs';
import { InputError } from '@oneface/common/errors/errors';
import { CAMERA_STATES } from '@oneface/common/health/health';
import { CHANNELS, type Channel, parseTopic } from '@oneface/common/topics/topics';
import test from 'ava';
import fc from 'fast-check';
import { projectFile } from '../support/paths.js';
import { EXAMPLES } from './examples.js';
import { type Json, mutated } from './mutate.js';
import { CHECKS, compileSchema, SCHEMA_FOLDER } from './payload-checks.js';
import { recordAgent } from './record-agent.js';

/** What our validator and Ajv say of a payload. */
function judge(channel: Channel, ajv: (payload: unknown) => boolean, payload: unknown) {
  let own = true;
  try {
    CHECKS[channel].validate(payload);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    own = false;
  }
  return { own, ajv: ajv(payload) };
}

const BOTH_TAKE = { own: true, ajv: true };
const BOTH_REFUSE = { own: false, ajv: false };

test('there is a JSON Schema for each channel and no other', (t) => {
  const names = CHANNELS.map((channel) => CHECKS[channel].schema);
  t.deepEqual(readdirSync(projectFile(SCHEMA_FOLDER)).toSorted(), names.toSorted());
});

for (const channel of CHANNELS) {
  const examples: readonly Json[] = JSON.parse(JSON.stringify(EXAMPLES[channel]));

  test(`${channel}: Ajv compiles the JSON Schema in strict mode and takes a payload of every kind`, (t) => {
    const ajv = compileSchema(channel);
    for (const example of examples)
      t.deepEqual(judge(channel, ajv, example), BOTH_TAKE, JSON.stringify(example));
  });

  test(`${channel}: Ajv and our validator take and refuse the same of mutated payloads`, (t) => {
    const ajv = compileSchema(channel);
    const seen = { taken: 0, refused: 0 };
    const property = fc.property(mutated(examples), (payload) => {
      const verdict = judge(channel, ajv, payload);
      seen[verdict.own ? 'taken' : 'refused']++;
      // JSON Schema counts a character outside the basic plane once, our validator twice: it may refuse more.
      if (verdict.ajv && /[\u{10000}-\u{10FFFF}]/u.test(JSON.stringify(payload))) return;
      t.is(verdict.own, verdict.ajv, JSON.stringify(payload));
    });
    fc.assert(property, { numRuns: 2000 });
    t.true(seen.taken > 0 && seen.refused > 0, JSON.stringify(seen));
  });
}

test('health: the camera counts each of its states and nothing else', (t) => {
  const ajv = compileSchema('health');
  for (const { camera, ...rest } of EXAMPLES.health) {
    const withCounts = (counts: object) => ({ ...rest, camera: { ...camera, counts } });
    for (const state of CAMERA_STATES)
      t.deepEqual(judge('health', ajv, withCounts({ [state]: 1 })), BOTH_TAKE);
    t.deepEqual(judge('health', ajv, withCounts({ upsideDown: 1 })), BOTH_REFUSE);
  }
});

test('Ajv takes all that a real agent publishes, and not without any of its required fields', async (t) => {
  const kinds = new Set<string>();
  const messages = await recordAgent(t);
  const ajv = new Map(CHANNELS.map((channel) => [channel, compileSchema(channel)]));
  for (const { topic, payload } of messages) {
    const channel = parseTopic(topic)?.channel as Channel;
    const check = ajv.get(channel) as (payload: unknown) => boolean;
    const message: Record<string, unknown> = JSON.parse(payload);
    kinds.add(`${channel} ${message.kind ?? message.state ?? ''}`.trim());
    t.deepEqual(judge(channel, check, message), BOTH_TAKE, payload);
    for (const name of Object.keys(message)) {
      const { [name]: _, ...rest } = message;
      const verdict = judge(channel, check, rest);
      t.is(verdict.own, verdict.ajv, `${name} of ${payload}`);
      if (['schemaVersion', 'device', 'boot'].includes(name)) t.deepEqual(verdict, BOTH_REFUSE);
    }
    t.deepEqual(judge(channel, check, { ...message, picture: '' }), BOTH_REFUSE, payload);
  }
  const expectedKinds = [
    ...['events face', 'events no-face', 'events enter', 'events leave', 'status online', 'status offline'],
    ...['accepted', 'executing', 'successful', 'failed', 'rejected'].map((state) => `replies ${state}`),
    'health',
  ];
  for (const kind of expectedKinds) t.true(kinds.has(kind), `${kind}: ${[...kinds]}`);
});
