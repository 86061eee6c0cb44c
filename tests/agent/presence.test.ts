import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent } from '@oneface/common/events/parse';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { drawFace, emptyFrame, placement } from '../vision/drawn-face.js';
import { writeAgentConfig } from './agent-config.js';
import { writeColorBundle } from './color-bundle.js';
import { runProgram } from './program.js';

/** Frames before the person comes, with the person, and after. */
const BEFORE = 15;
const VISIT = 20;
const AFTER = 20;
const PER_SECOND = 10;

/** Runs the real agent on a visit, without any setting for what is reported, and gives its events. */
async function visit(t: ExecutionContext, changes: object): Promise<SegmentationEvent[]> {
  const folder = await temporaryFolder(t);
  const files = await writeColorBundle(folder);
  const frames = join(folder, 'frames');
  await mkdir(frames);
  for (let number = 0; number < BEFORE + VISIT + AFTER; number++) {
    const frame = emptyFrame(320, 240);
    const step = number - BEFORE;
    if (step >= 0 && step < VISIT) drawFace(frame, placement(140 + 3 * step, 120, 80 * 1.03 ** step, 0));
    const { data, width, height } = frame;
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(frames, `${number}.png`));
  }
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const config = await writeAgentConfig(
    folder,
    { files, frames },
    {
      device: 'visited',
      source: { kind: 'folder', path: frames },
      mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
      frames: { perSecond: PER_SECOND, idlePerSecond: PER_SECOND },
      ...changes,
    },
  );
  const observer = await observe(broker.port, 'oneface/visited/#', 5);
  t.teardown(() => observer.close());
  const ended = await runProgram(t, 'run', '--config', config);
  t.is(ended.code, 0, ended.stderr);
  await observer.until(({ payload }) => payload.includes('offline'));
  return observer.received
    .filter(({ topic }) => topic.endsWith('/events'))
    .map(({ payload }) => parseEvent(payload));
}

for (const [title, changes] of [
  ['looks at every frame', {}],
  ['waits for motion', { wake: { mode: 'motion', awakeSeconds: 1 } }],
] as const) {
  test(`a person who walks up to an agent that ${title} gives one presence, from enter to leave, with a late best frame`, async (t) => {
    const events = await visit(t, changes);
    const kinds = events.map(({ kind }) => kind);
    t.is(kinds[0], 'enter');
    t.is(kinds.at(-1), 'leave');
    t.true(
      kinds.slice(1, -1).every((kind) => kind === 'update'),
      kinds.join(),
    );
    t.true(kinds.length <= 5, kinds.join());
    t.deepEqual(
      events.map((event) => 'presence' in event && event.presence.id),
      events.map(() => 1),
    );
    const last = events.at(-1);
    t.true(
      last !== undefined && last.frame.number > BEFORE + VISIT / 2 && last.frame.number <= BEFORE + VISIT,
    );
    t.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, index) => index + 1),
    );
  });
}
