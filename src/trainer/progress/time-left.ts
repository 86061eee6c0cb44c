/** How far back the rate looks, so that it follows a machine that slows down; milliseconds. */
const WINDOW_MS = 60_000;
/** Reports closer together than this count as one, which bounds what is kept; milliseconds. */
const SPACING_MS = 500;
/** Below this much observed work any estimate would be a guess; milliseconds. */
const SHORTEST_SPAN_MS = 2_000;

/**
 * Estimates when work ends, from its reports of the last minute.
 *
 * Work that was resumed half-way starts with a jump, and a first step often warms things up: so only what
 * was gained since the first report counts, and nothing is said before two seconds of it were seen.
 */
export class TimeLeft {
  #reports: { readonly done: number; readonly at: number }[] = [];
  #total = 0;

  /**
   * @param done steps done; fewer than before means that other work has begun
   * @param total all steps
   * @param at time in milliseconds
   */
  report(done: number, total: number, at: number): void {
    const last = this.#reports.at(-1);
    if (last !== undefined && (done < last.done || total !== this.#total)) this.#reports = [];
    this.#total = total;
    const [before] = this.#reports.slice(-2, -1);
    if (before !== undefined && last !== undefined && last.at - before.at < SPACING_MS) this.#reports.pop();
    this.#reports.push({ done, at });
    while (this.#reports.length > 2 && (this.#reports[1]?.at ?? at) <= at - WINDOW_MS) this.#reports.shift();
  }

  /** Steps per second; undefined while too little was seen. */
  rate(): number | undefined {
    const [first] = this.#reports;
    const last = this.#reports.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (last.at - first.at < SHORTEST_SPAN_MS || last.done === first.done) return undefined;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }

  /**
   * Seconds until `total` is reached, at least 0; undefined while too little was seen.
   *
   * @param at time in milliseconds, at or after the last report
   */
  secondsLeft(at: number): number | undefined {
    const rate = this.rate();
    const last = this.#reports.at(-1);
    if (rate === undefined || last === undefined) return undefined;
    return Math.max(0, (this.#total - last.done) / rate - (at - last.at) / 1000);
  }
}
