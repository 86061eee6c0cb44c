import type { Delivery } from './broker.js';

type Answer = (delivery: Delivery) => void;

interface Waiting {
  readonly send: (answer: Answer) => void;
  readonly resolve: Answer;
}

const LOST: Delivery = { outcome: 'lost' };

/** The messages of one connection that wait for an answer, never more than the broker takes at a time. */
export class InFlight {
  readonly #answers = new Set<Answer>();
  readonly #waiting: Waiting[] = [];
  #limit: number;
  readonly #patience: number;
  readonly #onSilence: () => void;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param limit messages sent but not yet answered: the receive maximum of the broker
   * @param patience milliseconds
   * @param onSilence called when messages wait for an answer and none has come for so long
   */
  constructor(limit: number, patience: number, onSilence: () => void) {
    this.#limit = limit;
    this.#patience = patience;
    this.#onSilence = onSilence;
  }

  /** Takes effect with the next message. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  /**
   * Sends a message as soon as there is room; messages go in the order of the calls.
   *
   * @param send is given the function to call with the broker's answer; only its first call counts
   */
  run(send: (answer: Answer) => void): Promise<Delivery> {
    return new Promise((resolve) => {
      this.#waiting.push({ send, resolve });
      this.#next();
    });
  }

  /** Sends nothing more; what was sent may still be answered. */
  close(): void {
    this.#closed = true;
    this.#next();
  }

  /** No answer will come any more. */
  lose(): void {
    this.close();
    for (const answer of [...this.#answers]) answer(LOST);
  }

  #next(): void {
    if (this.#closed) {
      for (const { resolve } of this.#waiting.splice(0)) resolve(LOST);
    }
    while (this.#answers.size < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#start(next);
    }
  }

  #start({ send, resolve }: Waiting): void {
    const answer: Answer = (delivery) => {
      if (!this.#answers.delete(answer)) return;
      this.#listen();
      resolve(delivery);
      this.#next();
    };
    this.#answers.add(answer);
    if (this.#answers.size === 1) this.#listen();
    send(answer);
  }

  /** Waits anew for an answer, if there is one to come. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = this.#answers.size === 0 ? undefined : setTimeout(this.#onSilence, this.#patience);
  }
}
