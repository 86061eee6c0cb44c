import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogStream } from '@oneface/edge/cli/log-stream';
import test from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { freePort } from '../mqtt/support/brokers.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

for (const [name, lost] of [
  ['whose reader has gone', 'pipe'],
  ['on a disk that is full', '/dev/full'],
] as const) {
  test(`the agent works on with a log ${name}`, async (t) => {
    const config = join(await temporaryFolder(t), 'config.json');
    const settings = {
      device: 'door-1',
      source: { kind: 'folder', path: material.frames, repeat: true },
      frames: { perSecond: 50, limit: 20 },
      bundle: material.files.bundle,
      trustedKeys: [material.files.key],
      mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
      health: { port: false },
      log: { level: 'debug' },
    };
    await writeFile(config, JSON.stringify(settings));
    const full = lost === 'pipe' ? undefined : await open(lost, 'w');
    const program = [projectFile('src/edge/dist/main.js'), 'run', '--config', config];
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', full?.fd ?? 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    child.stderr?.destroy();
    t.deepEqual(await once(child, 'exit'), [0, null]);
    await full?.close();
  });
}

/** A stream as process.stderr is: it can be written again after an error. */
class LogFile extends EventEmitter {
  readonly written: string[] = [];
  isFull = false;
  write(text: string, done: (error?: Error) => void = () => {}): boolean {
    if (this.isFull) {
      const error = new Error('ENOSPC');
      done(error);
      this.emit('error', error);
    } else {
      this.written.push(text);
      done();
    }
    return true;
  }
}

test('a log that can be written again says how many lines are missing', (t) => {
  const file = new LogFile();
  const log = createLogStream(file);
  log('1\n');
  file.isFull = true;
  log('2\n');
  log('3\n');
  file.isFull = false;
  log('4\n');
  log('5\n');
  t.deepEqual(file.written, [
    '1\n',
    '4\n',
    '2 lines above this one are missing: they could not be written\n',
    '5\n',
  ]);
});
