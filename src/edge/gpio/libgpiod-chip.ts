import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { complaintOf } from '../processes/complaint.js';
import { type RunResult, runWithDeadline } from '../processes/run-with-deadline.js';
import { HEADER_CHIPS } from './header-chips.js';
import type { LibgpiodChip, LibgpiodVersion } from './libgpiod-arguments.js';

const DEADLINE_MILLISECONDS = 5000;
const OUTPUT_LIMIT = 64 * 1024;

/** The environment in which programs are looked up. */
export type ProgramEnv = Readonly<Record<string, string | undefined>>;

/**
 * Finds a chip by its label with gpiodetect.
 *
 * @param label of the chip; the header chips of the Raspberry Pi models if left out
 * @throws UnavailableError when there is none of that label, or libgpiod's programs are missing
 */
export async function findLibgpiodChip(label: string | undefined, env: ProgramEnv): Promise<LibgpiodChip> {
  const wanted = label === undefined ? HEADER_CHIPS : [label];
  const detected = await output('gpiodetect', [], env);
  // "gpiochip0 [pinctrl-bcm2711] (58 lines)"
  for (const [, name = '', found = '', lines] of detected.matchAll(
    /^(\S+) \[([^\]]*)\] \((\d+) lines?\)/gm,
  )) {
    if (!wanted.includes(found)) continue;
    return { name, label: found, lines: Number(lines), version: await programVersion(env) };
  }
  const there = detected.trim().replaceAll(/\s*\n\s*/g, ', ') || 'none';
  throw new UnavailableError(
    `Expected a GPIO chip labelled ${wanted.join(' or ')} from gpiodetect but received ${there}`,
  );
}

/**
 * Runs one of libgpiod's programs that ends by itself.
 *
 * @throws ProgramError when it cannot be run
 */
export function runTool(program: string, args: readonly string[], env: ProgramEnv): Promise<RunResult> {
  return runWithDeadline(program, args, {
    cwd: '/',
    env: { PATH: env.PATH },
    deadlineMs: DEADLINE_MILLISECONDS,
    outputLimit: OUTPUT_LIMIT,
    signal: new AbortController().signal,
  });
}

/** "gpioset (libgpiod) v1.6.3" */
async function programVersion(env: ProgramEnv): Promise<LibgpiodVersion> {
  const text = await output('gpioset', ['--version'], env);
  const [, major] = /\bv(\d+)\./.exec(text) ?? [];
  if (major === '1') return 1;
  if (major === '2') return 2;
  const { message } = expected('version 1 or 2', 'gpioset', text.split('\n', 1)[0]);
  throw new UnavailableError(message);
}

async function output(program: string, args: readonly string[], env: ProgramEnv): Promise<string> {
  const result = await runTool(program, args, env);
  if (result.exitCode === 0) return result.stdout;
  throw new UnavailableError(`${program} failed: ${complaintOf(result)}`);
}
