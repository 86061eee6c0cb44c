/**
 * Reports that are on their way to the outbox. The loop need not wait for the disk at every frame, but no
 * more than `most` may wait for it, so that memory stays bounded when the disk is slow.
 */
export class PendingReports {
  readonly #most: number;
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes note of a report. Its failure is thrown by the next `room` or `settle`. */
  add(report: Promise<void>): void {
    const noted: Promise<void> = report
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(noted));
    this.#pending.add(noted);
  }

  /** Waits until one more may be added. */
  async room(): Promise<void> {
    while (this.#pending.size >= this.#most) await Promise.race(this.#pending);
    this.#throwFailure();
  }

  /** Waits until all are done. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
