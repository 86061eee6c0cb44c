/** Does work in one place, one thing after the other, as often as it is asked for. */
export class WorkLoop {
  readonly #work: () => Promise<void>;
  #isWanted = false;
  #running: Promise<void> | undefined;

  /** @param work what there is to do at the moment; if it rejects, that is a defect */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Has the work done once more, after the present turn: what is asked for in one turn is done at once. */
  request(): void {
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is asked for any longer. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#work();
    }
  }
}
