/** What has to be closed when the agent ends, whichever way it ends: the last that was opened first. */
export class CleanUp {
  readonly #steps: (() => unknown)[] = [];

  /** Adds a step; it may return a promise. */
  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /**
   * Runs all steps, one after the other, also when some fail.
   *
   * @throws the first failure
   */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
