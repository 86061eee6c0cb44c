import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEvent } from '@oneface/common/events/parse';
import test from 'ava';
import { startProgramIn } from '../agent/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { CORTEX_A72, emulates, openBoard } from './board.js';
import { BUNDLE, KEY, sight } from './device.js';
import { writePhoto } from './frames.js';

const PATIENCE_MILLISECONDS = 10 * 60_000;

const where = emulates ? 'an emulated Raspberry Pi 4' : 'this machine for arm64';

test(`segment on ${where} writes the mask that it writes on ${process.arch}, byte for byte`, async (t) => {
  t.timeout(PATIENCE_MILLISECONDS);
  const board = await openBoard(CORTEX_A72);
  t.teardown(() => board.remove());
  const folder = await temporaryFolder(t);
  const photo = join(folder, 'photo.png');
  await writePhoto(photo);
  const here = { command: [process.execPath], env: process.env } as const;
  const [made, wanted] = await Promise.all(
    [board.runtime, here].map(async (runtime, index) => {
      const mask = join(folder, `mask-${index}.png`);
      const files = ['--out', mask, '--bundle', BUNDLE, '--key', KEY];
      const ended = await startProgramIn(runtime, t, 'segment', photo, ...files).ended;
      t.is(ended.code, 0, ended.stderr);
      return { mask: await readFile(mask), event: sight(parseEvent(ended.stdout)) };
    }),
  );
  t.is(wanted.event.kind, 'face');
  t.deepEqual(made.event, wanted.event);
  t.true(made.mask.equals(wanted.mask));
});
