import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import type { LogPosition } from '@oneface/edge/outbox/outbox';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { addEvent, deliverAll, openRealOutbox, until } from './support/real-outbox.js';

const MEBIBYTE = 1024 * 1024;

/** Runs a scenario in a mount namespace of its own; without root, in a user namespace that may mount. */
async function inNamespace(scenario: 'full' | 'read-only', folder: string) {
  const child = fileURLToPath(new URL('support/mounted-child.js', import.meta.url));
  const flags = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  const run = promisify(execFile);
  const { stdout } = await run('unshare', [...flags, process.execPath, child, scenario, folder]);
  return JSON.parse(stdout);
}

test('what is kept can be read by nobody else', async (t) => {
  const folder = join(await temporaryFolder(t), 'state', 'outbox');
  const outbox = await openRealOutbox(folder, MEBIBYTE);
  await addEvent(outbox, 10);
  for (const path of [folder, join(folder, '..')]) t.is((await stat(path)).mode & 0o777, 0o700);
  for (const name of await readdir(folder)) t.is((await stat(join(folder, name))).mode & 0o777, 0o600);
  await outbox.close();
});

test('a second process on the same folder is refused, until the first one is gone, killed or not', async (t) => {
  const folder = join(await temporaryFolder(t), 'outbox');
  const program = fileURLToPath(new URL('support/kill-child.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder, '1', 'always'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const says = child.stdio[3];
  let said = '';
  says?.on('data', (chunk) => {
    said += chunk;
  });
  while (!said.includes('open')) await once(child.stdio[3] as NodeJS.EventEmitter, 'data');
  await t.throwsAsync(openRealOutbox(folder, MEBIBYTE), {
    instanceOf: UnavailableError,
    message: `The outbox folder ${folder} is in use by another process`,
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const outbox = await openRealOutbox(folder, MEBIBYTE);
  t.true(outbox.state.kept);
  await t.throwsAsync(openRealOutbox(folder, MEBIBYTE), { instanceOf: UnavailableError });
  await outbox.close();
  const again = await openRealOutbox(folder, MEBIBYTE);
  t.true(again.state.kept);
  await again.close();
});

test('on a disk that is really full it goes on in memory, and with the kept log when there is room', async (t) => {
  const result = await inNamespace('full', await temporaryFolder(t));
  t.false(result.keptOnFull, result.logged.join('\n'));
  // Some may find room that the outbox had left.
  const squeezedIn: LogPosition[] = result.squeezedIn;
  const last = 1 + squeezedIn.length;
  t.true(squeezedIn.length < 5);
  t.deepEqual(
    squeezedIn.map(({ log, sequence }) => ({ log, sequence })),
    squeezedIn.map((_, index) => ({ ...result.before, sequence: index + 2 })),
  );
  const onFull: LogPosition[] = result.onFull;
  t.deepEqual(
    onFull.map(({ log, sequence }) => [log.kept, sequence]),
    [
      [false, 1],
      [false, 2],
    ],
  );
  t.not(onFull[0].log.id, result.before.log.id);
  t.deepEqual(result.after, { ...result.before, sequence: last + 1 });
  t.deepEqual(result.delivered, [result.before, ...squeezedIn, ...onFull, result.after]);
  t.true(result.files <= 9);
});

test('on a disk that is really read-only it delivers what is there and goes on in memory', async (t) => {
  const result = await inNamespace('read-only', await temporaryFolder(t));
  t.false(result.keptOnReadOnly, result.logged.join('\n'));
  t.deepEqual(result.delivered, [result.before, result.onReadOnly]);
  t.deepEqual(result.after, { ...result.before, sequence: 2 });
  t.deepEqual(result.left, [result.after]);
});

test('a folder that cannot be made is no reason not to start', async (t) => {
  const lines: string[] = [];
  const outbox = await openRealOutbox('/proc/oneface/outbox', MEBIBYTE, (line) => lines.push(line));
  t.false(outbox.state.kept);
  t.like(await addEvent(outbox, 10), { log: { kept: false }, sequence: 1 });
  t.is((await deliverAll(outbox)).length, 1);
  await outbox.close();
  t.regex(lines.join(''), /error outbox cannot keep messages on disk, going on in memory error=/);
});

test('a name that is no folder is no reason not to start', async (t) => {
  const outbox = await openRealOutbox(join(fileURLToPath(import.meta.url), 'outbox'), MEBIBYTE);
  t.false(outbox.state.kept);
  await outbox.close();
});

test('a folder that was there before, with a folder where a segment would be, is used', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'event-000000000001.v1'));
  const outbox = await openRealOutbox(folder, MEBIBYTE);
  t.true(outbox.state.kept);
  await outbox.close();
});

test('a backlog is delivered in order over restarts, its text left on disk meanwhile', async (t) => {
  const folder = join(await temporaryFolder(t), 'outbox');
  const count = 3000;
  let outbox = await openRealOutbox(folder, 32 * MEBIBYTE);
  await Promise.all(Array.from({ length: count / 2 }, () => addEvent(outbox, 5000)));
  await outbox.close();
  outbox = await openRealOutbox(folder, 32 * MEBIBYTE);
  await Promise.all(Array.from({ length: count / 2 }, () => addEvent(outbox, 5000)));
  t.like(outbox.state, { kept: true, messages: count, dropped: { event: 0 } });
  const places = await deliverAll(outbox);
  t.deepEqual(
    places.map(({ sequence }) => sequence),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  t.is(new Set(places.map(({ log }) => log.id)).size, 1);
  await until(() => readdirSync(folder).length <= 6);
  await outbox.close();
});

test('bounds that make no sense are refused', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(openRealOutbox(folder, 1000), {
    instanceOf: InputError,
    message: 'Expected an integer from 1048576 for the most bytes of the outbox but received 1000',
  });
});
