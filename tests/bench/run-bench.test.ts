import { randomBytes } from 'node:crypto';
import { InputError } from '@oneface/common/errors/errors';
import { type BenchReport, runBench } from '@oneface/edge/bench/bench';
import type { BenchOptions } from '@oneface/edge/bench/bench-options';
import { BENCH_STAGES } from '@oneface/edge/bench/stages';
import { systemClock } from '@oneface/edge/clock/clock';
import { sleep } from '@oneface/edge/clock/sleep';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { projectFile } from '../support/paths.js';

const OPTIONS: BenchOptions = {
  bundle: projectFile('models/face-parts/face.oneface'),
  keys: [projectFile('models/face-parts/signing.public.pem')],
  frames: undefined,
  count: 20,
  broker: undefined,
  json: false,
  starts: 1,
};

async function bench(changes: Partial<BenchOptions>, env: NodeJS.ProcessEnv = process.env) {
  let stdout = '';
  let stderr = '';
  const world = {
    env,
    clock: systemClock,
    sleep,
    random: Math.random,
    randomBytes,
    stop: new AbortController().signal,
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
  };
  const report = await runBench({ ...OPTIONS, ...changes }, world);
  return { report, stdout, stderr };
}

function whole({ stages, start, memory, frames, events, faces }: BenchReport): boolean {
  const inOrder = Object.values(stages).every(
    ({ p50, p95, p99, most }) => p50 <= p95 && p95 <= p99 && p99 <= most,
  );
  const parts = ['decode', 'find', 'segment', 'measure'] as const;
  const sum = parts.reduce((total, stage) => total + (stages[stage]?.p50 ?? 0), 0);
  return (
    inOrder &&
    BENCH_STAGES.every((stage) => stages[stage]?.frames === frames) &&
    (stages.total?.p50 ?? 0) > sum / 2 &&
    events === frames &&
    faces === frames &&
    start.median > 0 &&
    memory.peak >= memory.start
  );
}

test('a bench without a broker of its own starts mosquitto and measures every stage of every frame', async (t) => {
  const { report, stdout, stderr } = await bench({});
  t.is(report.frames, 20);
  t.true(whole(report), JSON.stringify(report));
  for (const stage of BENCH_STAGES)
    t.regex(stdout, new RegExp(`^${stage} +[\\d.]+ +[\\d.]+ +[\\d.]+ +[\\d.]+$`, 'm'));
  t.regex(stdout, /start to first event +\d+ ms/);
  t.regex(stderr, /starting the agent/);
});

test('a bench on a given broker prints JSON and leaves nothing behind with the broker', async (t) => {
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const { report, stdout } = await bench({ broker: url, json: true, count: 5 });
  t.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(report)));
  const client = await connectAsync(url);
  t.teardown(() => client.endAsync());
  const kept: string[] = [];
  client.on('message', (topic) => kept.push(topic));
  await client.subscribeAsync(['oneface/#', 'end'], { qos: 1 });
  const end = new Promise((resolve) => client.on('message', (topic) => topic === 'end' && resolve(topic)));
  await client.publishAsync('end', 'x', { qos: 1 });
  await end;
  t.deepEqual(kept, ['end']);
});

test('a picture that is not there is named', async (t) => {
  await t.throwsAsync(bench({ frames: '/no/such/picture.jpg', count: 1 }), {
    message: /\/no\/such\/picture\.jpg/,
  });
});

test('a broker address that is none is refused', async (t) => {
  await t.throwsAsync(bench({ broker: 'here' }), { instanceOf: InputError, message: /config\.mqtt\.url/ });
});
