import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, type OnefaceError } from '@oneface/common/errors/errors';
import { openFolderSource } from '@oneface/edge/frames/folder-source';
import type { FrameSource } from '@oneface/edge/frames/frame-source';
import { runWithDeadline } from '@oneface/edge/processes/run-with-deadline';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { testFrameSource } from './contract.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;
const clock = { now: Date.now };
const red = { width: 8, height: 8, channels: 3, background: 'red' } as const;
const jpeg = await sharp({ create: red }).jpeg().toBuffer();
const png = await sharp({ create: red }).png().toBuffer();

const contractFolder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
for (const name of ['1.jpg', '2.jpg', '3.jpg']) await writeFile(join(contractFolder, name), jpeg);
const expectedFiles = await readdir(contractFolder);
test.after.always(() => rm(contractFolder, { recursive: true }));

for (const repeat of [false, true]) {
  testFrameSource(repeat ? 'a repeating folder' : 'a folder', {
    open: (now) =>
      openFolderSource(
        { kind: 'folder', path: contractFolder, repeat },
        { clock: { now }, onSkipped: throwIt },
      ),
    frames: repeat ? undefined : 3,
    leftFiles: async () => (await readdir(contractFolder)).filter((name) => !expectedFiles.includes(name)),
  });
}

test('files come in natural order, hidden ones and subfolders not at all', async (t) => {
  const names = ['10.jpg', '2.jpg', 'b.png', 'a10.JPG', 'a9.jpg', '.hidden.jpg'];
  const folder = await folderOf(t, Object.fromEntries(names.map((name) => [name, jpeg])));
  await mkdir(join(folder, 'sub.jpg'));
  const source = await openFolderSource(
    { kind: 'folder', path: folder, repeat: false },
    { clock, onSkipped: throwIt },
  );
  t.deepEqual(await namesOf(source, 9), ['2.jpg', '10.jpg', 'a9.jpg', 'a10.JPG', 'b.png']);
});

test('files are judged by their bytes: bad ones are reported once and passed over', async (t) => {
  const folder = await folderOf(t, {
    'a.txt': jpeg,
    'b.jpg': Buffer.from('no picture'),
    'c.jpg': jpeg.subarray(0, -2),
    'd.png': png.subarray(0, -12),
    'e.jpg': Buffer.alloc(0),
    'f.png': png,
  });
  await runWithDeadline('mkfifo', ['g.jpg'], {
    cwd: folder,
    env: process.env,
    deadlineMs: 5000,
    outputLimit: 1000,
    signal: never(),
  });
  const skipped: OnefaceError[] = [];
  const source = await openFolderSource(
    { kind: 'folder', path: folder, repeat: true },
    { clock, onSkipped: (reason) => skipped.push(reason) },
  );
  t.deepEqual(await namesOf(source, 4), ['a.txt', 'f.png', 'a.txt', 'f.png']);
  t.deepEqual(
    skipped.map(({ message }) =>
      ['b.jpg', 'c.jpg', 'd.png', 'e.jpg', 'g.jpg'].find((name) => message.includes(name)),
    ),
    ['b.jpg', 'c.jpg', 'd.png', 'e.jpg', 'g.jpg'],
  );
  t.regex(skipped[0].message, /^Expected a whole JPEG or PNG picture for .*b\.jpg but received 10 bytes$/);
});

test('a file that goes away between two rounds is passed over', async (t) => {
  const folder = await folderOf(t, { '1.jpg': jpeg, '2.jpg': jpeg });
  const skipped: OnefaceError[] = [];
  const source = await openFolderSource(
    { kind: 'folder', path: folder, repeat: true },
    { clock, onSkipped: (reason) => skipped.push(reason) },
  );
  await namesOf(source, 2);
  await rm(join(folder, '1.jpg'));
  t.deepEqual(await namesOf(source, 2), ['2.jpg', '2.jpg']);
  t.is(skipped.length, 1);
});

test('a single file is a source of one frame', async (t) => {
  const folder = await folderOf(t, { 'one.png': png, 'two.png': png });
  const source = await openFolderSource(
    { kind: 'folder', path: join(folder, 'one.png'), repeat: false },
    { clock, onSkipped: throwIt },
  );
  t.deepEqual(await namesOf(source, 3), ['one.png']);
});

test('a folder without files, one without pictures, and no folder at all are input errors', async (t) => {
  const empty = await folderOf(t, {});
  const options = { kind: 'folder', path: empty, repeat: true } as const;
  const deps = { clock, onSkipped: () => undefined };
  await t.throwsAsync(openFolderSource(options, deps), {
    instanceOf: InputError,
    message: /^Expected a folder with pictures for .* but received "?an empty one"?$/,
  });
  await writeFile(join(empty, 'notes.txt'), 'no picture');
  const source = await openFolderSource(options, deps);
  await t.throwsAsync(source.next(never()), {
    instanceOf: InputError,
    message: /^Expected a JPEG or PNG picture/,
  });
  await t.throwsAsync(openFolderSource({ ...options, path: join(empty, 'none') }, deps), {
    instanceOf: InputError,
    message: /^Expected a picture or a folder of pictures for .*none/,
  });
});

async function folderOf(t: ExecutionContext, files: Record<string, Buffer>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

async function namesOf(source: FrameSource, most: number): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < most; i++) {
    const frame = await source.next(never());
    if (frame === undefined) break;
    names.push(frame.name);
  }
  return names;
}

function throwIt(reason: OnefaceError): never {
  throw reason;
}
