import { OnefaceError } from '@oneface/common/errors/errors';
import { shorten } from '@oneface/common/errors/shorten';
import type { Logger } from '../logging/logger.js';
import { runWithDeadline } from '../processes/run-with-deadline.js';

/**
 * Comes with systemd. Node has no datagram sockets of the unix family, and this needs nothing compiled on the
 * device: a call every few seconds costs some milliseconds. It knows abstract sockets, and does not end
 * before systemd has read the message, so systemd can still tell whom it is from (NotifyAccess=all).
 */
const PROGRAM = 'systemd-notify';
const DEADLINE_MILLISECONDS = 5000;
const OUTPUT_LIMIT = 4096;
const LONGEST_STATUS = 200;

/** Whoever started the agent and looks after it: systemd, or nobody. */
export interface ServiceManager {
  /** Milliseconds within which it wants a ping, or undefined when it wants none. */
  readonly watchdog: number | undefined;
  /** The agent has started. */
  ready(status: string): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>;
  /** The agent is alive. */
  ping(): Promise<void>;
  /** The agent has begun to stop. */
  stopping(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds out who looks after this process. Without systemd (no NOTIFY_SOCKET) every call does nothing. A
 * message that cannot be delivered is logged; it is never an error.
 *
 * @param pid of this process
 */
export function createServiceManager(env: Environment, pid: number, log: Logger): ServiceManager {
  if (!env.NOTIFY_SOCKET) {
    const nothing = async () => {};
    return { watchdog: undefined, ready: nothing, status: nothing, ping: nothing, stopping: nothing };
  }
  // One after the other: "stopping" must not overtake "ready".
  let last: Promise<void> = Promise.resolve();
  const notify = (...assignments: string[]) => {
    last = last.then(() => send(assignments, env, log));
    return last;
  };
  return {
    watchdog: watchdogInterval(env, pid),
    ready: (text) => notify('READY=1', `STATUS=${oneLine(text)}`),
    status: (text) => notify(`STATUS=${oneLine(text)}`),
    ping: () => notify('WATCHDOG=1'),
    stopping: () => notify('STOPPING=1'),
  };
}

/** As sd_watchdog_enabled(3): microseconds, for the process that is named, or for any. */
function watchdogInterval(env: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: owner = String(pid) } = env;
  if (owner !== String(pid) || !/^[1-9]\d{0,15}$/.test(microseconds)) return undefined;
  return Number(microseconds) / 1000;
}

/** A line feed would begin another assignment. */
function oneLine(text: string): string {
  return shorten(text.replaceAll(/\p{Cc}+/gu, ' '), LONGEST_STATUS);
}

async function send(assignments: readonly string[], env: Environment, log: Logger): Promise<void> {
  try {
    const { exitCode, killedBy, stderr } = await runWithDeadline(PROGRAM, assignments, {
      cwd: '/',
      env: { PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET },
      deadlineMs: DEADLINE_MILLISECONDS,
      outputLimit: OUTPUT_LIMIT,
      signal: new AbortController().signal,
    });
    if (exitCode === 0) return;
    log.error('service manager not told', {
      message: assignments[0],
      exitCode,
      killedBy,
      stderr: stderr.trim(),
    });
  } catch (error) {
    if (!(error instanceof OnefaceError)) throw error;
    log.error('service manager not told', { message: assignments[0], error });
  }
}
