/** Something that has to last before it counts, and then lasts until it is clearly over. */
export class Persistence {
  readonly #milliseconds: number;
  readonly #frames: number;
  #active = false;
  #since = 0;
  #seen = 0;

  /** It counts after that many frames and that many milliseconds in a row. */
  constructor(frames: number, milliseconds: number) {
    this.#frames = frames;
    this.#milliseconds = milliseconds;
  }

  /**
   * Takes in the next frame.
   *
   * @param begins whether it shows what has to last
   * @param stays whether it shows enough of it to go on with what counts already
   * @param now milliseconds that never go back
   * @returns whether it counts
   */
  observe(begins: boolean, stays: boolean, now: number): boolean {
    if (this.#active ? !stays : !begins) {
      this.reset();
      return false;
    }
    if (this.#seen === 0) this.#since = now;
    this.#seen += 1;
    this.#active ||= this.#seen >= this.#frames && now - this.#since >= this.#milliseconds;
    return this.#active;
  }

  reset(): void {
    this.#active = false;
    this.#seen = 0;
  }
}
