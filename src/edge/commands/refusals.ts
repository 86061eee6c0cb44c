import type { Reply } from '@oneface/common/commands/reply';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { Allowance, type AllowanceOptions } from './allowance.js';
import type { CommandLedger } from './ledger.js';

/**
 * Answers that no work stands behind: refusals and repetitions. A flood of them would push health messages
 * and other replies out of the outbox and wear out the SD card.
 */
export const REFUSALS: AllowanceOptions = { most: 20, interval: 5000 };

/** Sends such answers as long as there are not too many; what is beyond is dropped and counted. */
export class Refusals {
  readonly #ledger: CommandLedger;
  readonly #log: Logger;
  readonly #allowance: Allowance;
  #dropped = 0;

  constructor(ledger: CommandLedger, clock: Pick<Clock, 'monotonic'>, log: Logger) {
    this.#ledger = ledger;
    this.#log = log;
    this.#allowance = new Allowance(REFUSALS, clock);
  }

  /** Sends an answer, unless there were too many. */
  async tell(reply: Reply): Promise<void> {
    if (!this.#allowance.take()) return this.drop();
    const { state } = reply;
    const error = 'error' in reply ? reply.error.message : undefined;
    this.#log.warn('a command is answered and not run', {
      state,
      error,
      unansweredBefore: this.#dropped || undefined,
    });
    this.#dropped = 0;
    await this.#ledger.tell(reply);
  }

  /** Counts a message that gets no answer; the log says how many with the next one that does. */
  drop(): void {
    if (this.#dropped === 0) this.#log.warn('too many commands at once: some get no answer');
    this.#dropped += 1;
  }
}
