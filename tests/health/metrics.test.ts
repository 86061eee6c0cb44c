import { CAMERA_STATES, STAGES } from '@oneface/common/health/health';
import type { Clock } from '@oneface/edge/clock/clock';
import { createMetrics } from '@oneface/edge/health/metrics';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';
import { exampleSources, FACTS } from './example.js';
import { parsePage } from './prometheus-text.js';

test('every figure is on the page, with its type', async (t) => {
  const { clock, spend } = turnable();
  const metrics = createMetrics({ facts: FACTS, sources: exampleSources(), clock });
  spend(4000);
  const page = parsePage(await metrics.text());
  const plain: Record<string, number> = {
    uptime_seconds: 4,
    starts_total: 7,
    frames_captured_total: 110,
    frames_analysed_total: 100,
    frames_dropped_total: 6,
    frames_unreadable_total: 4,
    frames_missed_total: 3,
    faces_total: 42,
    camera_state_age_seconds: 3,
    camera_restarts_total: 5,
    outbox_kept: 1,
    outbox_messages: 12,
    outbox_bytes: 3456,
    outbox_oldest_seconds: 7.5,
    broker_connected: 1,
    broker_sessions_total: 9,
    broker_shared_id: 0,
    clock_jumps_total: 1,
    watchdog_enabled: 1,
    watchdog_withheld_total: 2,
    resident_memory_bytes: 99_000_000,
    temperature_celsius: 48.5,
  };
  for (const [name, value] of Object.entries(plain)) {
    t.is(page.value(`oneface_${name}`), value, name);
    t.is(page.types.get(`oneface_${name}`), name.endsWith('_total') ? 'counter' : 'gauge', name);
  }
  t.is(page.value('oneface_info', { version: '1.2.3' }), 1);
  for (const [kind, count] of [
    ['health', 3],
    ['reply', 2],
    ['event', 1],
  ] as const) {
    t.is(page.value('oneface_outbox_dropped_total', { kind }), count);
  }
});

test('the camera state and the clock quality are one-hot', async (t) => {
  const sources = exampleSources({ time: () => ({ quality: 'unsynchronised', jumps: 0 }) });
  const page = parsePage(await createMetrics({ facts: FACTS, sources, clock: turnable().clock }).text());
  for (const state of CAMERA_STATES) {
    t.is(page.value('oneface_camera_state', { state }), Number(state === 'online'));
  }
  t.is(page.value('oneface_camera_state_changes_total', { state: 'online' }), 2);
  t.is(page.value('oneface_camera_state_changes_total', { state: 'frozen' }), 0);
  t.is(page.value('oneface_clock_quality', { quality: 'unsynchronised' }), 1);
  t.is(page.value('oneface_clock_quality', { quality: 'synchronised' }), 0);
});

test('figures are those of the moment they are asked for', async (t) => {
  let faces = 1;
  let state: 'online' | 'stalled' = 'online';
  const sources = exampleSources({
    frames: () => ({ captured: 1, analysed: 1, dropped: 0, unreadable: 0, missed: 0, faces }),
    camera: () => ({ state, since: 0, counts: {}, restarts: 0 }),
  });
  const metrics = createMetrics({ facts: FACTS, sources, clock: turnable().clock });
  t.is(parsePage(await metrics.text()).value('oneface_faces_total'), 1);
  faces = 5;
  state = 'stalled';
  const page = parsePage(await metrics.text());
  t.is(page.value('oneface_faces_total'), 5);
  t.is(page.value('oneface_camera_state', { state: 'online' }), 0);
  t.is(page.value('oneface_camera_state', { state: 'stalled' }), 1);
});

test('a temperature that cannot be read is left out, and comes back', async (t) => {
  let celsius: number | undefined;
  const sources = exampleSources({ temperature: async () => celsius });
  const metrics = createMetrics({ facts: FACTS, sources, clock: turnable().clock });
  t.is(parsePage(await metrics.text()).value('oneface_temperature_celsius'), undefined);
  celsius = 50;
  t.is(parsePage(await metrics.text()).value('oneface_temperature_celsius'), 50);
  celsius = undefined;
  t.is(parsePage(await metrics.text()).value('oneface_temperature_celsius'), undefined);
});

test('the latency of each stage is a summary in seconds', async (t) => {
  const metrics = createMetrics({ facts: FACTS, sources: exampleSources(), clock: turnable().clock });
  for (let value = 1; value <= 100; value += 1) metrics.observeStage('decode', value);
  const page = parsePage(await metrics.text());
  const stage = 'decode';
  t.is(page.types.get('oneface_stage_seconds'), 'summary');
  t.is(page.value('oneface_stage_seconds', { stage, quantile: '0.5' }), 0.05);
  t.is(page.value('oneface_stage_seconds', { stage, quantile: '0.95' }), 0.095);
  t.is(page.value('oneface_stage_seconds', { stage, quantile: '0.99' }), 0.099);
  t.is(page.value('oneface_stage_seconds_sum', { stage }), 5.05);
  t.is(page.value('oneface_stage_seconds_count', { stage }), 100);
  t.is(page.value('oneface_stage_seconds', { stage: 'find', quantile: '0.5' }), Number.NaN);
  t.is(page.samples.filter(({ name }) => name === 'oneface_stage_seconds_count').length, STAGES.length);
  t.deepEqual(metrics.latency(), { decode: { p50: 50, p95: 95, p99: 99 } });
});

test('a wall clock that jumps by decades neither stops nor empties the latency of the last minutes', async (t) => {
  const time = new SimulatedTime();
  time.wallOffset = 0;
  const metrics = createMetrics({ facts: FACTS, sources: exampleSources(), clock: time.clock });
  metrics.observeStage('segment', 8);
  for (const wall of [Date.UTC(2026, 0, 1), Date.UTC(2000, 0, 1), Date.UTC(2090, 0, 1)]) {
    time.wallOffset = wall;
    metrics.observeStage('segment', 8);
    const page = parsePage(await metrics.text());
    t.is(page.value('oneface_stage_seconds', { stage: 'segment', quantile: '0.5' }), 0.008);
    t.is(page.value('oneface_uptime_seconds'), 0);
  }
  time.spend(5 * 60_000 + 1);
  t.deepEqual(metrics.latency(), {});
});

test('two agents in one process do not share their figures', async (t) => {
  const { clock } = turnable();
  const one = createMetrics({ facts: FACTS, sources: exampleSources(), clock });
  const other = createMetrics({ facts: { ...FACTS, starts: 8 }, sources: exampleSources(), clock });
  t.is(parsePage(await one.text()).value('oneface_starts_total'), 7);
  t.is(parsePage(await other.text()).value('oneface_starts_total'), 8);
});

function turnable(): { clock: Clock; spend: (milliseconds: number) => void } {
  const time = new SimulatedTime();
  return { clock: time.clock, spend: (milliseconds) => time.spend(milliseconds) };
}
