import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createAskKernel,
  createClockSync,
  modifiedAt,
  TIMESYNC_FOLDER,
  TIMESYNC_MARKER,
} from '@oneface/edge/clock/clock-sync';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

const never = () => new AbortController().signal;
const nobody = async () => undefined;

/** What a machine has under the folder of systemd-timesyncd. */
async function machineWithTimesync(t: ExecutionContext) {
  const root = await temporaryFolder(t);
  const at = (path: string) => join(root, path);
  await mkdir(at(TIMESYNC_FOLDER), { recursive: true });
  const sync = createClockSync(nobody, (path) => modifiedAt(at(path)));
  return { sync, marker: at(TIMESYNC_MARKER) };
}

test('systemd-timesyncd says that the clock is right by a file, and anew whenever it has set it', async (t) => {
  const { sync, marker } = await machineWithTimesync(t);
  t.deepEqual(sync.read(), { quality: 'unsynchronised', mark: undefined });
  await writeFile(marker, '');
  const first = sync.read();
  t.is(first.quality, 'synchronised');
  t.deepEqual(sync.read(), first);
  await utimes(marker, 1000, 1000);
  t.is(sync.read().quality, 'synchronised');
  t.not(sync.read().mark, first.mark);
});

test('with systemd-timesyncd nobody else is asked', async (t) => {
  const { sync } = await machineWithTimesync(t);
  await sync.refresh(never());
  t.is(sync.read().quality, 'unsynchronised');
});

test('without it the kernel is asked, and every answer is a new mark', async (t) => {
  const answers = [undefined, false, true, true];
  const sync = createClockSync(
    async () => answers.shift(),
    () => undefined,
  );
  t.is(sync.read().quality, 'unknown');
  const seen = [];
  for (let ask = 0; ask < 4; ask += 1) {
    await sync.refresh(never());
    seen.push(sync.read());
  }
  t.deepEqual(
    seen.map(({ quality }) => quality),
    ['unknown', 'unsynchronised', 'synchronised', 'synchronised'],
  );
  t.is(new Set(seen.map(({ mark }) => mark)).size, 4);
});

/** A PATH with a `timedatectl` that runs this script: the real one needs a running systemd. */
async function withTimedatectl(t: ExecutionContext, script: string) {
  const folder = await temporaryFolder(t);
  const program = join(folder, 'timedatectl');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}

test('timedatectl is asked for what chronyd or ntpd told the kernel', async (t) => {
  const script = (answer: string) =>
    `[ "$*" = "show --property=NTPSynchronized --value" ] || exit 9; echo ${answer}`;
  for (const [answer, synchronised] of [
    ['yes', true],
    ['no', false],
    ['maybe', undefined],
  ] as const) {
    t.is(await createAskKernel(await withTimedatectl(t, script(answer)))(never()), synchronised);
  }
});

test('a machine where timedatectl is absent or fails does not say', async (t) => {
  t.is(await createAskKernel(await withTimedatectl(t, 'echo yes; exit 1'))(never()), undefined);
  t.is(await createAskKernel({ PATH: await temporaryFolder(t) })(never()), undefined);
  t.is(await createAskKernel({})(never()), undefined);
});

test('an agent that stops does not wait for an answer', async (t) => {
  const ask = createAskKernel(await withTimedatectl(t, 'sleep 60'));
  const stop = new AbortController();
  const answer = ask(stop.signal);
  stop.abort();
  t.is(await answer, undefined);
  t.is(await ask(stop.signal), undefined);
});
