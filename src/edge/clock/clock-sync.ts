import { statSync } from 'node:fs';
import type { TimeQuality } from '@oneface/common/events/event';
import { ProgramError } from '../processes/program-error.js';
import { runWithDeadline } from '../processes/run-with-deadline.js';

/** Kept by systemd-timesyncd: the folder while it runs, the file touched whenever it has set the clock. */
export const TIMESYNC_FOLDER = '/run/systemd/timesync';
export const TIMESYNC_MARKER = `${TIMESYNC_FOLDER}/synchronized`;

const DEADLINE_MILLISECONDS = 10_000;
const OUTPUT_LIMIT = 4096;

/** What the machine says of its clock. */
export interface SyncState {
  /** Before anybody judges whether the time can be. */
  readonly quality: TimeQuality;
  /** Another value whenever the clock was found to be right anew. */
  readonly mark: number | undefined;
}

/** Says whether a time server keeps the clock. */
export interface ClockSync {
  read(): SyncState;
  /**
   * Asks where `read` cannot see by itself. It takes a moment, so it is not for every frame: every few
   * minutes, and after the clock jumped.
   */
  refresh(signal: AbortSignal): Promise<void>;
}

/** When a path was last written, in milliseconds; undefined when it is not there. */
export type ModifiedAt = (path: string) => number | undefined;

export const modifiedAt: ModifiedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs;

/** Says whether the kernel holds its clock for synchronised; undefined when nobody can tell. */
export type AskKernel = (signal: AbortSignal) => Promise<boolean | undefined>;

/**
 * Asks `timedatectl`, which asks the kernel (STA_UNSYNC of adjtimex(2)). chronyd and ntpd tell the kernel
 * too, and the kernel forgets it as soon as anybody sets the clock.
 *
 * @param env where PATH is looked up
 */
export function createAskKernel(env: Readonly<Record<string, string | undefined>>): AskKernel {
  return async (signal) => {
    if (signal.aborted) return undefined;
    try {
      const { exitCode, stdout } = await runWithDeadline(
        'timedatectl',
        ['show', '--property=NTPSynchronized', '--value'],
        {
          cwd: '/',
          env: { PATH: env.PATH },
          deadlineMs: DEADLINE_MILLISECONDS,
          outputLimit: OUTPUT_LIMIT,
          signal,
        },
      );
      const answer = stdout.trim();
      return exitCode === 0 && (answer === 'yes' || answer === 'no') ? answer === 'yes' : undefined;
    } catch (error) {
      // A machine without systemd has no such program, and an agent that stops does not wait for an answer.
      if (error instanceof ProgramError || signal.aborted) return undefined;
      throw error;
    }
  };
}

/** Reads the traces of systemd-timesyncd; without it, what the kernel says. */
export function createClockSync(askKernel: AskKernel, modified: ModifiedAt = modifiedAt): ClockSync {
  let kernel: SyncState = { quality: 'unknown', mark: undefined };
  let answers = 0;
  return {
    read() {
      const mark = modified(TIMESYNC_MARKER);
      if (mark !== undefined) return { quality: 'synchronised', mark };
      return modified(TIMESYNC_FOLDER) === undefined ? kernel : { quality: 'unsynchronised', mark };
    },
    async refresh(signal) {
      if (modified(TIMESYNC_FOLDER) !== undefined) return;
      const synchronised = await askKernel(signal);
      answers += 1;
      if (synchronised === undefined) kernel = { quality: 'unknown', mark: undefined };
      else kernel = { quality: synchronised ? 'synchronised' : 'unsynchronised', mark: answers };
    },
  };
}
