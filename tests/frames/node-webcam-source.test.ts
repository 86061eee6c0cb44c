import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { nodeWebcamOptions } from '@oneface/edge/frames/node-webcam-options';
import { createNodeWebcamSource } from '@oneface/edge/frames/node-webcam-source';
import { NodeWebcamSourceOptions } from '@oneface/edge/frames/source-options';
import { ProgramError } from '@oneface/edge/processes/program-error';
import { Value } from '@sinclair/typebox/value';
import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testFrameSource } from './contract.js';
import { childProcesses, endsSoon, until } from './support/processes.js';
import { noSleep, sourceDeps } from './support/source-deps.js';
import { failingStandIns, standIns } from './support/stand-ins.js';

const never = () => new AbortController().signal;
const OPTIONS: NodeWebcamSourceOptions = {
  kind: 'node-webcam',
  device: 'TEST:',
  width: 64,
  height: 48,
  skip: 0,
  quality: 90,
  deadlineSeconds: 60,
};

/** node-webcam itself, to show what it does by itself. */
interface BareWebcam {
  readonly shots: readonly unknown[];
  capture(location: string | null, done: (error: unknown, result: unknown) => void): void;
}
const { create }: { create(options: object, type: string): BareWebcam } = createRequire(
  projectFile('src/edge/package.json'),
)('node-webcam');

const shotFolder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(shotFolder, { recursive: true }));

function open(options: Partial<NodeWebcamSourceOptions> = {}, deps: Parameters<typeof sourceDeps>[0] = {}) {
  return createNodeWebcamSource(
    { ...OPTIONS, ...options },
    sourceDeps({ sleep: noSleep().sleep, shotFolders: [shotFolder], ...deps }),
  );
}

testFrameSource('node-webcam', {
  open: async (now) => open({}, { clock: { now, monotonic: now } }),
  frames: undefined,
  leftFiles: () => readdir(shotFolder),
  openFailing: async () => {
    const { env, mend } = failingStandIns({ fswebcam: 'exec /usr/bin/fswebcam "$@"' });
    return { opened: open({}, { env }), mend };
  },
});

test('node-webcam calls a failed capture a success and names a file that is not there: here it is an error', async (t) => {
  const location = join(await temporaryFolder(t), 'shot.jpg');
  t.deepEqual(await bareCapture({ device: '/dev/null' }, location), [null, location]);
  t.deepEqual(await readdir(dirname(location)), []);
  const source = open({ device: 'FILE:/nowhere/a.jpg' });
  for (let i = 0; i < 2; i++) {
    await t.throwsAsync(source.next(never()), {
      instanceOf: CameraError,
      message: /^node-webcam gave no picture from FILE:\/nowhere\/a\.jpg: .*No such file or directory/,
    });
  }
});

test('node-webcam captures nothing in memory and reports no error: here every shot goes through a file', async (t) => {
  const [error, result] = await bareCapture({ device: 'TEST:', callbackReturn: 'buffer' }, null);
  t.is(error, null);
  t.is((result as Buffer).length, 0);
  const frame = await open().next(never());
  t.is((await sharp(frame?.bytes).metadata()).width, 64);
});

test('node-webcam keeps every shot in memory unless it is told not to, as it is here', async (t) => {
  const folder = await temporaryFolder(t);
  const take = async (options: object) => {
    const webcam = create({ device: 'TEST:', ...options }, 'fswebcam');
    for (const name of ['1.jpg', '2.jpg']) {
      await new Promise((resolve) => webcam.capture(join(folder, name), resolve));
    }
    return webcam.shots.length;
  };
  t.is(await take({}), 2);
  t.is(await take(nodeWebcamOptions(OPTIONS, 'TEST:')), 0);
});

test('node-webcam has no time limit: here the capture and all that it started are killed', async (t) => {
  const pids = join(await temporaryFolder(t), 'ids');
  const { env } = standIns({ fswebcam: `trap "" TERM; echo $$ > ${pids}; while :; do sleep 60; done` });
  const shots = await temporaryFolder(t);
  const source = open({ deadlineSeconds: 4 }, { env, shotFolders: [shots] });
  const error = await t.throwsAsync(source.next(never()), { instanceOf: ProgramError });
  t.is(error.failure, 'deadline');
  t.true(await endsSoon(await readFile(pids, 'utf8')));
  t.deepEqual(await readdir(shots), []);
});

test.serial('closing the source kills node-webcam, its shell and a hung fswebcam', async (t) => {
  const pipe = join(await temporaryFolder(t), 'pipe.jpg');
  await promisify(execFile)('mkfifo', [pipe]);
  const source = open({ device: `FILE:${pipe}` });
  const awaited = source.next(never());
  await until(async () => (await runningWith(pipe)).length >= 2);
  await source.close();
  t.deepEqual(await childProcesses(), []);
  await until(async () => (await runningWith(pipe)).length === 0);
  t.is(await awaited, undefined);
});

test('node-webcam leaves out options that are false or 0: of ours all reach fswebcam, whatever they are', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 16, max: 8192 }),
        height: fc.integer({ min: 16, max: 8192 }),
        quality: fc.integer({ min: 1, max: 95 }),
        skip: fc.integer({ min: 0, max: 100 }),
      }),
      async (drawn) => {
        const line = await commandLine({ ...OPTIONS, ...drawn });
        const { width, height, quality, skip } = drawn;
        const wanted = `-q -r ${width}x${height} --jpeg ${quality} -d TEST: --no-banner`;
        // No frames to skip and no such option are the same to fswebcam.
        t.is(line, `${wanted}${skip === 0 ? '' : ` --skip ${skip}`} shot.jpg`);
      },
    ),
    { numRuns: 5, examples: [[{ width: 16, height: 16, quality: 1, skip: 0 }]] },
  );
});

test('node-webcam pastes options into a shell line, where a device name can run commands: no name that may is allowed', async (t) => {
  const folder = await temporaryFolder(t);
  const proof = join(folder, 'proof');
  await bareCapture({ device: `TEST:; touch ${proof} #` }, join(folder, 'shot.jpg'));
  t.deepEqual((await readdir(folder)).includes('proof'), true, 'by itself it does');
  const signs = [
    '; ',
    '|',
    '&',
    '$(',
    '`',
    '>',
    '<',
    '\n',
    '"',
    "'",
    '\\',
    '*',
    '?',
    '#',
    '~',
    '!',
    '{',
    '(',
    ' ',
  ];
  for (const sign of signs) {
    for (const device of [
      `TEST:${sign}reboot`,
      `/dev/video0${sign}reboot`,
      `FILE:/a${sign}b`,
      `${sign}TEST:`,
    ]) {
      t.throws(() => open({ device }), { instanceOf: InputError });
    }
  }
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('TEST:', 'FILE:/', '/dev/v4l/by-id/', ''),
      (end, start) => {
        const device = start + end;
        const isAllowed = Value.Check(NodeWebcamSourceOptions, { ...OPTIONS, device });
        t.true(!isAllowed || /^[A-Za-z0-9_+=@.,:/-]+$/.test(device));
      },
    ),
    { numRuns: 2000 },
  );
});

test('numbers out of range are refused', (t) => {
  for (const wrong of [{ width: 0 }, { quality: 0 }, { skip: -1 }, { deadlineSeconds: 0 }]) {
    t.throws(() => open(wrong), { instanceOf: InputError });
  }
});

function bareCapture(options: object, location: string | null): Promise<[unknown, unknown]> {
  return new Promise((resolve) => {
    create({ width: 64, height: 48, ...options }, 'fswebcam').capture(location, (error, result) =>
      resolve([error, result]),
    );
  });
}

/** What fswebcam is given when a frame is taken with these options. */
async function commandLine(options: NodeWebcamSourceOptions): Promise<string> {
  const { folder, env } = standIns({
    fswebcam: 'echo "$@" > "$(dirname "$0")/line"; exec /usr/bin/fswebcam -q -d TEST: shot.jpg',
  });
  await open(options, { env }).next(never());
  return (await readFile(join(folder, 'line'), 'utf8')).trim();
}

/** Ids of the processes that have a text in their command line. */
async function runningWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return ids.filter((_, index) => lines[index].includes(text));
}
