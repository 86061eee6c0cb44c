import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { projectFile } from '../../support/paths.js';

/** As in a systemd unit, in seconds. */
export interface SupervisorSettings {
  readonly watchdogSec: number;
  readonly timeoutAbortSec: number;
  readonly restartSec: number;
  readonly watchdogSignal: string;
  readonly abstract: boolean;
}

/** What happened, and when in seconds of the monotonic clock. */
export type Incident = { readonly at: number } & (
  | { readonly what: 'started'; readonly pid: number }
  | { readonly what: 'notified' | 'rejected'; readonly lines: readonly string[] }
  | { readonly what: 'watchdog' }
  | { readonly what: 'ended'; readonly status: number }
);

/** A supervisor at work. */
export interface Supervisor {
  readonly incidents: readonly Incident[];
  /** What the program wrote. */
  output(): string;
  /** The first incident, past or to come, that is of the kind. */
  until(matches: (incident: Incident) => boolean): Promise<Incident>;
  /** Ends the program and the supervisor. */
  close(): Promise<void>;
}

export const notified = (line: string) => (incident: Incident) =>
  incident.what === 'notified' && incident.lines.includes(line);

/** Runs a program as systemd runs a service; see supervisor.py. It ends with the test. */
export function supervise(
  t: ExecutionContext,
  settings: SupervisorSettings,
  command: readonly string[],
): Supervisor {
  const script = projectFile('tests/supervision/support/supervisor.py');
  const child: ChildProcess = spawn('python3', [script, JSON.stringify(settings), ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const incidents: Incident[] = [];
  const news = new EventEmitter();
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      incidents.push(JSON.parse(line));
      news.emit('incident');
    });
  }
  const close = async () => {
    child.stdin?.end();
    await ended;
  };
  t.teardown(close);
  return {
    incidents,
    output: () => output,
    async until(matches) {
      for (;;) {
        const found = incidents.find(matches);
        if (found !== undefined) return found;
        await Promise.race([
          once(news, 'incident'),
          ended.then(() => {
            throw new Error(`The supervisor has ended:\n${output}`);
          }),
        ]);
      }
    },
    close,
  };
}
