import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '@oneface/common/errors/errors';
import { median } from '@oneface/common/metrics/statistics';
import type { Clock } from '../clock/clock.js';
import type { BenchObserver } from './bench-observer.js';

/** As an operator starts it. */
const AGENT = fileURLToPath(new URL('../../bin.js', import.meta.url));
const PATIENCE_MILLISECONDS = 60_000;

/** Milliseconds from the start of the agent's process to its first event at a subscriber. */
export interface StartFigures {
  readonly starts: number;
  readonly median: number;
  readonly most: number;
}

/**
 * Starts the agent a few times and measures how long its first event takes.
 *
 * @param config the agent's configuration file
 * @throws UnavailableError when no event comes
 */
export async function measureStarts(
  config: string,
  starts: number,
  observer: BenchObserver,
  clock: Pick<Clock, 'monotonic'>,
  signal: AbortSignal,
): Promise<StartFigures> {
  const times: number[] = [];
  for (let count = 0; count < starts; count++) {
    signal.throwIfAborted();
    times.push(await measureStart(config, observer, clock, signal));
  }
  return { starts, median: median(times) ?? 0, most: Math.max(...times) };
}

async function measureStart(
  config: string,
  observer: BenchObserver,
  clock: Pick<Clock, 'monotonic'>,
  signal: AbortSignal,
): Promise<number> {
  const first = observer.firstEventOfNewBoot();
  const start = clock.monotonic();
  const agent = spawn(AGENT, ['run', '--config', config], {
    env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  agent.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const exit = once(agent, 'exit');
  const early = exit.then(() => {
    throw new UnavailableError(`the agent ended before its first event: ${complaint.trim()}`);
  });
  const late = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
  const given = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(late.reason), { once: true });
  });
  try {
    await Promise.race([first, early, given]);
    return clock.monotonic() - start;
  } finally {
    agent.kill('SIGTERM');
    await exit;
  }
}
