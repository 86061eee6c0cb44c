/** Work that goes on beside the frame loop until the agent ends. */
export class Background {
  readonly #end = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #onFailure: () => void;
  #failure: { readonly error: unknown } | undefined;

  /** @param onFailure called when a task fails: the agent cannot go on without it */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
  }

  /** Whether a task has failed. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Starts a task; it has to end soon after its signal is aborted. */
  start(task: (signal: AbortSignal) => Promise<unknown>): void {
    const running = task(this.#end.signal).then(
      () => {},
      (error: unknown) => {
        this.#failure ??= { error };
        this.#onFailure();
      },
    );
    this.#running.push(running);
  }

  /**
   * Ends all tasks and waits for them.
   *
   * @throws what the first one that failed threw
   */
  async end(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
