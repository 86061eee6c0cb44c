import { OnefaceError } from '@oneface/common/errors/errors';
import { shorten } from '@oneface/common/errors/shorten';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import { withinDeadline } from './within-deadline.js';

/** A check that is not done by then has failed, in milliseconds. All of them fit into a command's deadline. */
export const CHECK_DEADLINE = 8000;
const LONGEST_DETAIL = 200;

/** What a check found, for people. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** Looks at one part. An OnefaceError that it throws says what is wrong with the part. */
export type Check = (signal: AbortSignal) => Promise<CheckResult>;

/** Checks by the name of their part, such as "camera". */
export type Checks = Readonly<Record<string, Check>>;

/**
 * Does checks one after the other. One that hangs or fails does not keep the others from being done.
 *
 * @param signal gives up: what is left is reported as not checked
 * @returns what each found, under its name
 */
export async function diagnose<N extends string>(
  checks: Readonly<Record<N, Check>>,
  { sleep, log }: { readonly sleep: Sleep; readonly log: Logger },
  signal: AbortSignal,
): Promise<Record<N, CheckResult>> {
  const results: [string, CheckResult][] = [];
  for (const [name, check] of Object.entries<Check>(checks)) {
    const { ok, detail } = await resultOf(check, {
      sleep,
      deadline: CHECK_DEADLINE,
      stop: signal,
      onLate: (error) => log.warn('a check that was given up failed', { check: name, error }),
    });
    results.push([name, { ok, detail: shorten(detail, LONGEST_DETAIL) }]);
  }
  return Object.fromEntries(results) as Record<N, CheckResult>;
}

async function resultOf(check: Check, watch: Parameters<typeof withinDeadline>[1]): Promise<CheckResult> {
  try {
    const ended = await withinDeadline(check, watch);
    if (ended === 'stopped') return { ok: false, detail: 'not checked' };
    if (ended === 'too-slow') return { ok: false, detail: `no answer within ${watch.deadline / 1000} s` };
    return ended.value;
  } catch (error) {
    if (!(error instanceof OnefaceError)) throw error;
    return { ok: false, detail: error.message };
  }
}
