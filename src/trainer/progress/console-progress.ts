import type { ReportProgress } from './progress.js';
import { TimeLeft } from './time-left.js';

/** Where text for people goes: `process.stderr`, or a test's own. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Shows one piece of long work at a time, and messages between. */
export interface ProgressDisplay {
  /** Starts to show work under a title; what was shown before ends. */
  begin(title: string): ReportProgress;
  /** Ends what is shown. */
  end(): void;
  /** Writes one line that stays. */
  log(message: string): void;
}

export interface ConsoleProgressOptions {
  /** Milliseconds from any fixed moment on, never going back. */
  readonly now: () => number;
  /** Seconds between two lines where the stream is no terminal. Default: 10. */
  readonly everySeconds?: number;
}

const CLEAR_LINE = '\r\u001b[K';
const REDRAW_MS = 100;
const BAR_WIDTH = 20;

/** Progress as one live line on a terminal, as a line now and then elsewhere (a log file, CI). */
export class ConsoleProgress implements ProgressDisplay {
  readonly #stream: TextStream;
  readonly #now: () => number;
  readonly #everyMs: number;
  #liveLine = '';

  constructor(stream: TextStream, options: ConsoleProgressOptions) {
    this.#stream = stream;
    this.#now = options.now;
    this.#everyMs = stream.isTTY ? REDRAW_MS : (options.everySeconds ?? 10) * 1000;
  }

  begin(title: string): ReportProgress {
    this.end();
    const timeLeft = new TimeLeft();
    // A terminal shows the first report at once; a log waits, so that short work adds no line to it.
    let shownAt = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : this.#now();
    return (done, total, detail) => {
      const now = this.#now();
      timeLeft.report(done, total, now);
      const isLast = this.#stream.isTTY === true && done >= total;
      if (now - shownAt < this.#everyMs && !isLast) return;
      shownAt = now;
      this.#show(progressLine(title, done, total, timeLeft, now, detail));
    };
  }

  end(): void {
    if (this.#liveLine !== '') this.#stream.write(CLEAR_LINE);
    this.#liveLine = '';
  }

  log(message: string): void {
    const interrupted = this.#liveLine;
    this.end();
    this.#stream.write(`${message}\n`);
    if (interrupted !== '') this.#show(interrupted);
  }

  #show(line: string): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${line}\n`);
      return;
    }
    // One column less than the terminal has: a full line would wrap and could not be cleared.
    this.#liveLine = line.slice(0, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(CLEAR_LINE + this.#liveLine);
  }
}

/**
 * Writes a time as m:ss or h:mm:ss.
 *
 * @param seconds 0 or more; rounded to whole seconds
 */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

function progressLine(
  title: string,
  done: number,
  total: number,
  timeLeft: TimeLeft,
  now: number,
  detail: string | undefined,
): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '.');
  const parts = [`${title} [${bar}] ${Math.floor(share * 100)}%`, `${done}/${total}`];
  const rate = timeLeft.rate();
  const left = timeLeft.secondsLeft(now);
  if (rate !== undefined) parts.push(formatRate(rate));
  if (left !== undefined) parts.push(`${formatDuration(left)} left`);
  if (detail !== undefined) parts.push(detail);
  return parts.join('  ');
}

function formatRate(stepsPerSecond: number): string {
  if (stepsPerSecond < 1) return `${(1 / stepsPerSecond).toFixed(1)} s each`;
  return `${stepsPerSecond.toFixed(1)}/s`;
}
