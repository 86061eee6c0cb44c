import type { ReportProgress } from './progress.js';

/** Reports that also end the work, by throwing the signal's reason: for work that does not look at it itself. */
export function interruptible(report: ReportProgress, signal: AbortSignal): ReportProgress {
  return (done, total, detail) => {
    signal.throwIfAborted();
    report(done, total, detail);
  };
}
