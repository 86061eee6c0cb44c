import type { Delivery } from './broker.js';

type Answer = (delivery: Delivery) => void;

const LOST: Delivery = { outcome: 'lost' };

/** The messages of one connection that wait for an answer, never more than the broker takes at a time. */
export class InFlight {
  readonly #answers = new Set<Answer>();
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #closed = false;

  /** @param limit messages sent but not yet answered: the receive maximum of the broker */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes effect with the next message. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  /**
   * Sends a message as soon as there is room; messages go in the order of the calls.
   *
   * @param send is given the function to call with the broker's answer; only the first answer counts
   */
  run(send: (answer: Answer) => void): Promise<Delivery> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(LOST);
        return;
      }
      const start = () => {
        if (this.#closed) {
          resolve(LOST);
          return;
        }
        const answer: Answer = (delivery) => {
          if (!this.#answers.delete(answer)) return;
          resolve(delivery);
          this.#next();
        };
        this.#answers.add(answer);
        send(answer);
      };
      this.#waiting.push(start);
      this.#next();
    });
  }

  /** Sends nothing more; what was sent may still be answered. */
  close(): void {
    this.#closed = true;
    for (const start of this.#waiting.splice(0)) start();
  }

  /** No answer will come any more. */
  lose(): void {
    this.close();
    for (const answer of [...this.#answers]) answer(LOST);
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#answers.size < this.#limit) this.#waiting.shift()?.();
  }
}
