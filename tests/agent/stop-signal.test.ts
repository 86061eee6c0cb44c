import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type SignalledProcess, stopOnSignals } from '@oneface/edge/agent/stop-signal';
import test from 'ava';

/** A process that keeps the codes it was to end with. */
class FakeProcess extends EventEmitter implements SignalledProcess {
  readonly codes: number[] = [];
  exit(code: number): void {
    this.codes.push(code);
  }
}

test('the first signal asks to stop, the second ends the process', (t) => {
  const process = new FakeProcess();
  const stop = stopOnSignals(process, 60_000);
  t.false(stop.aborted);
  process.emit('SIGTERM');
  t.true(stop.aborted);
  t.deepEqual(process.codes, []);
  process.emit('SIGINT');
  t.deepEqual(process.codes, [130]);
});

test('a terminal that is closed asks to stop, however often that is said', (t) => {
  const process = new FakeProcess();
  const stop = stopOnSignals(process, 60_000);
  process.emit('SIGHUP');
  t.true(stop.aborted);
  process.emit('SIGHUP');
  t.deepEqual(process.codes, []);
  process.emit('SIGTERM');
  t.deepEqual(process.codes, [143]);
});

test('a process that does not stop by the deadline is ended', async (t) => {
  const process = new FakeProcess();
  stopOnSignals(process, 5);
  process.emit('SIGTERM');
  await delay(30);
  t.deepEqual(process.codes, [143]);
});
