import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadSoak } from './soak-modules.js';

const { Supervisor } = await loadSoak<typeof import('../../deploy/soak/supervisor.js')>('supervisor');
const processes = await loadSoak<typeof import('../../deploy/soak/processes.js')>('processes');

/** Runs until it is told to stop, with a child of its own. */
const LASTING = `
import { spawn } from 'node:child_process';
let child;
process.on('SIGTERM', () => { child.kill('SIGKILL'); process.exit(0); });
child = spawn('sleep', ['60']);
`;

async function supervise(t: ExecutionContext, script: string) {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'agent.mjs');
  await writeFile(file, script);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const supervisor = new Supervisor(process.execPath, [file], join(folder, 'log'), seconds);
  t.teardown(() => supervisor.end());
  return supervisor;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

test('an agent that is killed is started again, and stopped in order when told', async (t) => {
  const supervisor = await supervise(t, LASTING);
  supervisor.start();
  const child = () => processes.childrenOf(supervisor.pid ?? 0, 'sleep')[0];
  await until(() => child() !== undefined);
  const orphan = child();
  t.true(supervisor.kill());
  await until(() => supervisor.lives.length === 2 && child() !== undefined);
  processes.signal(orphan, 'SIGKILL');
  const last = await supervisor.stop();
  t.is(last.end, 'stopped');
  t.deepEqual(
    supervisor.lives.map(({ end, status }) => [end, status]),
    [
      ['killed', 'SIGKILL'],
      ['stopped', '0'],
    ],
  );
  t.is(supervisor.pid, undefined);
});

test('an agent that ends by itself has failed, and is started again', async (t) => {
  const supervisor = await supervise(t, 'process.exit(3);');
  supervisor.start();
  await until(() => supervisor.lives.length === 2);
  t.is(supervisor.lives[0].end, 'failed');
  t.is(supervisor.lives[0].status, '3');
});

test('an agent that says it could not deliver everything has failed', async (t) => {
  const supervisor = await supervise(
    t,
    "process.on('SIGTERM', () => process.exit(1)); setInterval(() => {}, 99);",
  );
  supervisor.start();
  await until(() => supervisor.pid !== undefined);
  // Until Node has come to the script, a signal ends it as any other program.
  await delay(500);
  t.is((await supervisor.stop()).end, 'failed');
});

test('memory and processor time of a process are read, and of none nothing', (t) => {
  const figures = processes.processFigures(process.pid);
  t.true((figures?.residentBytes ?? 0) > 10_000_000);
  t.true((figures?.processorSeconds ?? 0) > 0);
  t.is(processes.processFigures(2 ** 30), undefined);
});
