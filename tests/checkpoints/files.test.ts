import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { writeFileAtomic } from '@oneface/trainer/files/atomic-write';
import { readFileWithin, readRange, withFile } from '@oneface/trainer/files/bounded-read';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

test('an atomic write makes missing folders and leaves no temporary file', async (t) => {
  const folder = join(await temporaryFolder(t), 'new', 'folder');
  await writeFileAtomic(join(folder, 'a.txt'), 'first');
  await writeFileAtomic(join(folder, 'a.txt'), Buffer.from('second'));
  t.is(await readFile(join(folder, 'a.txt'), 'utf8'), 'second');
  t.deepEqual(await readdir(folder), ['a.txt']);
});

test('a write that fails leaves the old file and no temporary one', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFileAtomic(join(folder, 'target', 'inside'), 'kept');
  await t.throwsAsync(writeFileAtomic(join(folder, 'target'), 'a folder stands here'), { code: 'EISDIR' });
  t.deepEqual(await readdir(folder), ['target']);
  t.is(await readFile(join(folder, 'target', 'inside'), 'utf8'), 'kept');
});

test('a reader that comes during writes sees one whole content', async (t) => {
  const file = join(await temporaryFolder(t), 'a.bin');
  const contents = [1, 2, 3].map((value) => new Uint8Array(1 << 20).fill(value));
  await writeFileAtomic(file, contents[0] ?? '');
  const writes = Promise.all(contents.map((content) => writeFileAtomic(file, content)));
  for (let i = 0; i < 10; i++) {
    const bytes = await readFile(file);
    t.is(bytes.length, 1 << 20);
    t.true(bytes.every((byte) => byte === bytes[0]));
  }
  await writes;
});

test('a file is read whole up to the limit and refused beyond', async (t) => {
  const file = join(await temporaryFolder(t), 'a.bin');
  await writeFile(file, 'four');
  t.is(Buffer.from(await readFileWithin(file, 4)).toString(), 'four');
  const error = await t.throwsAsync(readFileWithin(file, 3), { instanceOf: InputError });
  t.is(error.message, `Expected at most 3 bytes for ${file} but received 4`);
});

test('a range that ends behind the file is refused', async (t) => {
  const file = join(await temporaryFolder(t), 'a.bin');
  await writeFile(file, 'four');
  t.is(Buffer.from(await withFile(file, (handle) => readRange(handle, file, 1, 2))).toString(), 'ou');
  await t.throwsAsync(
    withFile(file, (handle) => readRange(handle, file, 2, 3)),
    { instanceOf: InputError },
  );
});

test('what is no file is refused, with the cause', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = await t.throwsAsync(readFileWithin(join(folder, 'none'), 4), { instanceOf: InputError });
  t.is((missing.cause as NodeJS.ErrnoException).code, 'ENOENT');
  await t.throwsAsync(readFileWithin(folder, 4), { instanceOf: InputError });
  await symlink('/dev/zero', join(folder, 'endless'));
  await t.throwsAsync(readFileWithin(join(folder, 'endless'), 4), { instanceOf: InputError });
});
