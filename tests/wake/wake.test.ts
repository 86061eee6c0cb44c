import type { Raster } from '@oneface/common/images/raster';
import { createWake } from '@oneface/edge/wake/wake';
import test from 'ava';

/** Grey on the left, white from that column on. */
function edgeAt(column: number): Raster {
  const data = new Uint8Array(64 * 48 * 3).fill(60);
  for (let y = 0; y < 48; y++) data.fill(250, (y * 64 + column) * 3, (y + 1) * 64 * 3);
  return { width: 64, height: 48, data };
}

/** A clock to be turned by hand, and triggers to be pulled. */
function world() {
  const listeners = new Set<() => void>();
  const it = {
    now: 0,
    listeners,
    clock: { monotonic: () => it.now },
    triggers: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    pull: () => listeners.forEach((listener) => void listener()),
  };
  return it;
}

test('always awake needs no reason and hears no trigger', (t) => {
  const it = world();
  const wake = createWake({ mode: 'always' }, it, () => t.fail());
  it.now = 1e9;
  t.is(wake.state, 'awake');
  t.true(wake.glance(edgeAt(10)));
  t.is(it.listeners.size, 0);
  wake.close();
});

test('it starts awake and falls asleep after the time without a face', (t) => {
  const it = world();
  const wake = createWake({ mode: 'trigger', awakeSeconds: 5 }, it, () => {});
  t.is(wake.state, 'awake');
  it.now = 4000;
  wake.faceSeen();
  it.now = 8999;
  t.is(wake.state, 'awake');
  it.now = 9000;
  t.is(wake.state, 'idle');
});

test('a trigger wakes in both sleeping modes and says so, until it is closed', (t) => {
  for (const options of [
    { mode: 'trigger', awakeSeconds: 5 },
    { mode: 'motion', awakeSeconds: 5, sensitivity: 50 },
  ] as const) {
    const it = world();
    let told = 0;
    const wake = createWake(options, it, () => {
      told++;
    });
    it.now = 60_000;
    t.is(wake.state, 'idle');
    it.pull();
    t.is(told, 1);
    t.is(wake.state, 'awake');
    wake.close();
    t.is(it.listeners.size, 0);
  }
});

test('motion makes alert, then awake', (t) => {
  const it = world();
  const wake = createWake({ mode: 'motion', awakeSeconds: 5, sensitivity: 50 }, it, () => {});
  it.now = 60_000;
  t.false(wake.glance(edgeAt(10)));
  t.is(wake.state, 'idle');
  t.false(wake.glance(edgeAt(20)));
  t.is(wake.state, 'alert');
  t.true(wake.glance(edgeAt(30)));
  t.is(wake.state, 'awake');
});

test('alert ends when the next picture is calm', (t) => {
  const it = world();
  const wake = createWake({ mode: 'motion', awakeSeconds: 5, sensitivity: 50 }, it, () => {});
  it.now = 60_000;
  for (const column of [10, 20, 10]) wake.glance(edgeAt(column));
  t.is(wake.state, 'idle');
});

test('a scene that changed while awake is no motion afterwards', (t) => {
  const it = world();
  const wake = createWake({ mode: 'motion', awakeSeconds: 5, sensitivity: 50 }, it, () => {});
  it.now = 60_000;
  for (const column of [10, 20, 30]) wake.glance(edgeAt(column));
  it.now = 120_000;
  for (let glance = 0; glance < 5; glance++) t.false(wake.glance(edgeAt(50)));
  t.is(wake.state, 'idle');
});

test('motion does not wake the mode that waits for triggers', (t) => {
  const it = world();
  const wake = createWake({ mode: 'trigger', awakeSeconds: 5 }, it, () => {});
  it.now = 60_000;
  for (const column of [10, 20, 30, 40]) t.false(wake.glance(edgeAt(column)));
  t.is(wake.state, 'idle');
});
