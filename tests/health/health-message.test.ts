import { parseHealth } from '@oneface/common/health/parse';
import { createHealthMessage } from '@oneface/edge/health/health-message';
import { createMetrics } from '@oneface/edge/health/metrics';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';
import { exampleSources, FACTS } from './example.js';

function setUp(changes: Parameters<typeof exampleSources>[0] = {}, facts = FACTS) {
  const time = new SimulatedTime();
  const sources = exampleSources(changes);
  const metrics = createMetrics({ facts, sources, clock: time.clock });
  return { time, metrics, health: createHealthMessage({ facts, sources, metrics, clock: time.clock }) };
}

test('the message says all there is to say, and its own schema takes it', async (t) => {
  const { time, metrics, health } = setUp();
  metrics.observeStage('decode', 1.23456);
  time.spend(61_000);
  const message = await health();
  t.deepEqual(parseHealth(JSON.stringify(message)), message);
  t.deepEqual(message, {
    schemaVersion: 1,
    device: 'door-1',
    site: 'lobby',
    boot: '0'.repeat(32),
    time: '2026-03-01T00:01:01.000Z',
    timeQuality: 'synchronised',
    version: '1.2.3',
    model: 'a'.repeat(64),
    uptimeSeconds: 61,
    starts: 7,
    camera: {
      state: 'online',
      since: '2026-03-01T00:00:01.000Z',
      counts: { starting: 1, online: 2, dark: 1 },
      restarts: 5,
    },
    frames: { captured: 110, analysed: 100, dropped: 6, unreadable: 4, faces: 42 },
    latency: { decode: { p50: 1.235, p95: 1.235, p99: 1.235 } },
    outbox: {
      kept: true,
      messages: 12,
      bytes: 3456,
      oldestSeconds: 8,
      dropped: { health: 3, reply: 2, event: 1 },
    },
    broker: { session: 9, sharedId: false },
    memory: { residentBytes: 99_000_000 },
    temperatureCelsius: 48.5,
  });
});

test('what a device does not have is left out', async (t) => {
  const { site: _, ...facts } = FACTS;
  const message = await setUp({ temperature: async () => undefined }, facts).health();
  t.false('site' in message);
  t.false('temperatureCelsius' in message);
  t.deepEqual(message.latency, {});
});

test('how long the camera has been in its state is right even when the clock was set in between', async (t) => {
  const { time, health } = setUp();
  time.wallOffset = 0;
  time.spend(3_601_000);
  time.wallOffset = Date.UTC(2026, 2, 1);
  const message = await health();
  t.is(message.time, '2026-03-01T01:00:01.000Z');
  t.is(message.camera.since, '2026-03-01T00:00:01.000Z');
});
