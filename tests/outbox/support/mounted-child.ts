/**
 * Tries an outbox on a disk that is really full or really read-only. Has to run in a mount namespace of its
 * own, where it may mount. Arguments: 'full' or 'read-only', and an empty folder. Prints one JSON object.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { addEvent, deliverAll, openRealOutbox, until } from './real-outbox.js';

const MEBIBYTE = 1024 * 1024;
const [scenario, folder] = process.argv.slice(2);
const logged: string[] = [];
const open = () =>
  openRealOutbox(join(folder, 'outbox'), MEBIBYTE, (line) => logged.push(line.slice(25).trim()));

execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
const result = scenario === 'full' ? await tryFull() : await tryReadOnly();
console.log(JSON.stringify({ ...result, logged }));
process.exit(0);

async function tryFull() {
  const outbox = await open();
  const before = await addEvent(outbox, 5000);
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize));
  const squeezedIn = [];
  let place = await addEvent(outbox, 5000);
  for (; place.log.kept; place = await addEvent(outbox, 5000)) squeezedIn.push(place);
  const onFull = [place, await addEvent(outbox, 5000)];
  const keptOnFull = outbox.state.kept;
  rmSync(join(folder, 'filler'));
  await until(() => outbox.state.kept);
  const after = await addEvent(outbox, 5000);
  const delivered = await deliverAll(outbox);
  await outbox.close();
  return {
    before,
    squeezedIn,
    onFull,
    keptOnFull,
    after,
    delivered,
    files: readdirSync(join(folder, 'outbox')).length,
  };
}

async function tryReadOnly() {
  const remount = (mode: 'ro' | 'rw') =>
    // Told to leave out the mount's own options: as a plain user's root it may not set the owner again.
    execFileSync('mount', ['--options-mode', 'ignore', '-o', `remount,${mode}`, folder]);
  let outbox = await open();
  const before = await addEvent(outbox, 5000);
  await outbox.close();
  remount('ro');
  outbox = await open();
  const onReadOnly = await addEvent(outbox, 5000);
  const keptOnReadOnly = outbox.state.kept;
  const delivered = await deliverAll(outbox);
  remount('rw');
  await until(() => outbox.state.kept);
  const after = await addEvent(outbox, 5000);
  await outbox.close();
  outbox = await open();
  const left = await deliverAll(outbox);
  await outbox.close();
  return { before, onReadOnly, keptOnReadOnly, delivered, after, left };
}
