import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LONGEST_PASS_MILLISECONDS } from '@oneface/edge/supervision/liveness';
import test, { type ExecutionContext } from 'ava';
import { ROOT } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readServiceUnit } from './support/service-unit.js';

const unit = await readServiceUnit();
const run = promisify(execFile);

/** The longest that a door may be blind. */
const LONGEST_STANDSTILL_SECONDS = 30;

/** The unit as on a device, with the programs where this machine has them. */
async function unitHere(t: ExecutionContext, change = (text: string) => text) {
  const file = join(await temporaryFolder(t), 'oneface-edge.service');
  const text = unit.text.replace('/usr/bin/node', process.execPath).replace('/opt/oneface/', ROOT);
  await writeFile(file, change(text));
  return file;
}

const verify = (file: string) => run('systemd-analyze', ['verify', '--man=no', file]);

test('systemd finds nothing wrong with the unit', async (t) => {
  const { stdout, stderr } = await verify(await unitHere(t));
  t.is(stdout + stderr, '');
  const wrong = await verify(await unitHere(t, (text) => text.replace('WatchdogSec', 'WatchdgSec')));
  t.regex(wrong.stderr, /Unknown key.*WatchdgSec/, 'it would say so');
});

test('the unit gives the agent little to do harm with', async (t) => {
  const file = await unitHere(t);
  // In tenths; systemd calls anything below 5.0 "OK" and a unit that says nothing of it 9.6.
  await t.notThrowsAsync(
    run('systemd-analyze', ['security', '--offline=true', '--no-pager', '--threshold=25', file]),
  );
});

test('a stuck inference or event loop gets the process restarted within 30 seconds', (t) => {
  const toNoPing = LONGEST_PASS_MILLISECONDS / 1000;
  const [toSignal, toKill, toStart] = ['WatchdogSec', 'TimeoutAbortSec', 'RestartSec'].map(unit.seconds);
  t.true(toNoPing + toSignal + toKill + toStart <= LONGEST_STANDSTILL_SECONDS);
});

test('the agent is started again whatever happens, for ever', (t) => {
  t.is(unit.value('Restart'), 'always');
  t.is(unit.value('StartLimitIntervalSec'), '0');
});

test('systemd hears the pings, which come from a process of their own', (t) => {
  t.is(unit.value('Type'), 'notify');
  t.is(unit.value('NotifyAccess'), 'all');
});

test('the program that the unit starts is there', (t) => {
  const [, script = ''] = /^ExecStart=\S+ \/opt\/oneface\/(\S+) run --config \S+$/m.exec(unit.text) ?? [];
  t.true(existsSync(join(ROOT, script)), script);
});

test('no picture reaches the disk through swap or a core dump', (t) => {
  t.is(unit.value('MemorySwapMax'), '0');
  t.is(unit.value('LimitCORE'), '0');
});

test('the log goes where systemd keeps it, and to no file', (t) => {
  t.notRegex(unit.text, /^Standard(?:Output|Error)=/m);
});
