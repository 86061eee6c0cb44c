import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expected } from '@oneface/common/errors/errors';
import type { AgentWorld } from '../agent/agent-world.js';
import { CleanUp } from '../agent/clean-up.js';
import { createLogger } from '../logging/logger.js';
import { startMosquitto } from './bench-broker.js';
import { writeBenchConfig } from './bench-config.js';
import { observeDevice } from './bench-observer.js';
import type { BenchOptions } from './bench-options.js';
import { measurePipeline, type PipelineFigures } from './bench-pipeline.js';
import { measureStarts, type StartFigures } from './bench-start.js';
import { benchTable } from './bench-table.js';

/** A generated face in a frame of 640x480, which comes with the project. */
const SAMPLE = fileURLToPath(new URL('../../../../models/face-parts/sample.jpg', import.meta.url));
const STARTS = 5;
const PROGRESS_FRAMES = 1000;
const NAME_BYTES = 6;

/** What a bench found. Times in milliseconds, memory in MiB. */
export interface BenchReport extends PipelineFigures {
  readonly device: {
    readonly processor: string;
    /** That this process may use. */
    readonly cores: number;
    readonly platform: string;
    readonly arch: string;
    readonly node: string;
  };
  readonly start: StartFigures;
}

/** What a bench may use of the world around it. */
export interface BenchWorld extends AgentWorld {
  /** Takes results. */
  readonly stdout: (text: string) => void;
  /** Takes progress and complaints. */
  readonly stderr: (text: string) => void;
}

/**
 * Measures the agent on this device and prints what it found: starts first, then frames one after the other.
 * The agent's state and what is written meanwhile lie in the system's temporary folder.
 *
 * @throws InputError when a file cannot be used, or there is neither a broker nor mosquitto
 * @throws UnavailableError when the broker does not answer
 */
export async function runBench(options: BenchOptions, world: BenchWorld): Promise<BenchReport> {
  const cleanUp = new CleanUp();
  try {
    const report = await measure(options, world, cleanUp);
    world.stdout(options.json ? `${JSON.stringify(report, null, 2)}\n` : benchTable(report));
    return report;
  } finally {
    await cleanUp.run();
  }
}

async function measure(options: BenchOptions, world: BenchWorld, cleanUp: CleanUp): Promise<BenchReport> {
  const { env, clock, sleep, randomBytes, stop, stderr } = world;
  const { bundle, keys, count, frames = sampleFrame(), starts = STARTS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'oneface-bench-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  let { broker } = options;
  if (broker === undefined) {
    const mosquitto = await startMosquitto(folder, env.PATH, sleep, stop);
    cleanUp.add(() => mosquitto.close());
    broker = mosquitto.url;
  }
  // A name of its own: another device may be at work on the same broker.
  const device = `bench-${Buffer.from(randomBytes(NAME_BYTES)).toString('hex')}`;
  const configure = async (part: string) => {
    const own = join(folder, part);
    await mkdir(own);
    return writeBenchConfig({ device, frames, bundle, keys, broker, folder: own });
  };
  const starting = await configure('start');
  const running = await configure('run');
  const observer = await observeDevice(broker, device);
  cleanUp.add(() => observer.close());
  cleanUp.add(() => observer.forgetDevice());

  stderr(`starting the agent ${starts} times\n`);
  const start = await measureStarts(starting.file, starts, observer, clock, stop);
  stderr(`${count} frames\n`);
  const log = createLogger({ ...running.config.log, now: clock.now, write: stderr });
  const begin = clock.monotonic();
  const pipeline = await measurePipeline(running.config, count, world, log, (done) => {
    if (done % PROGRESS_FRAMES !== 0) return;
    const left = ((clock.monotonic() - begin) / done) * (count - done);
    stderr(`${done} of ${count} frames, ${Math.round(left / 1000)} s left\n`);
  });
  return {
    device: {
      processor: cpus()[0]?.model.trim() ?? 'unknown processor',
      cores: availableParallelism(),
      platform: process.platform,
      arch: process.arch,
      node: process.versions.node,
    },
    start,
    ...pipeline,
  };
}

function sampleFrame(): string {
  if (!existsSync(SAMPLE)) throw expected('a picture or a folder of pictures', '--frames', undefined);
  return SAMPLE;
}
