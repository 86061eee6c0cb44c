import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { StatusMessages } from '../events/status-messages.js';
import type { Logger } from '../logging/logger.js';
import type { Outbox, QueuedMessage } from '../outbox/outbox.js';
import type { BrokerConnection, ConnectionEnd, Delivery } from './broker.js';
import type { PoisonWatch } from './poison.js';
import type { RefusalPauses } from './refusals.js';
import type { Requests } from './requests.js';
import { toSending } from './sending.js';

type Refusal = Extract<Delivery, { outcome: 'refused' }>;

/** What sessions share. */
export interface SessionParts {
  readonly status: StatusMessages;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
  readonly poison: PoisonWatch;
  readonly refusalPauses: RefusalPauses;
  readonly requests: Requests;
  /** A message was acknowledged, so many milliseconds after it was sent. */
  readonly onDelivered?: (message: QueuedMessage, milliseconds: number) => void;
  /** A message has left the outbox. */
  readonly onSettled: () => void;
}

/** Sends messages over one connection, from birth to death. */
export class Session {
  readonly number: number;
  readonly connection: BrokerConnection;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  /** Messages sent but not yet answered, and when they were. */
  readonly #underWay = new Map<QueuedMessage, number>();
  /** Topics of the messages that were acknowledged. */
  readonly #topicsTaken = new Set<string>();
  /** A message that the broker may never take: it waits for another one of its topic. */
  #suspect: QueuedMessage | undefined;
  #born = false;
  #held = false;
  #leaving = false;

  constructor(number: number, connection: BrokerConnection, parts: SessionParts) {
    this.number = number;
    this.connection = connection;
    this.startedAt = parts.clock.monotonic();
    this.#parts = parts;
  }

  /** Whether messages were sent and none was taken: then it is about them that the connection ended. */
  get fruitless(): boolean {
    return this.#underWay.size > 0 && this.#topicsTaken.size === 0;
  }

  /** Sends the birth message, then what waits in the outbox, until the connection ends. */
  async run(): Promise<ConnectionEnd> {
    const { outbox, clock, poison } = this.#parts;
    void this.#announce();
    this.send();
    const end = await this.connection.closed;
    this.#leaving = true;
    this.#over.abort();
    poison.ended({
      closedByBroker: end.how === 'cut',
      born: this.#born,
      underWay: this.#underWay,
      topicsTaken: this.#topicsTaken,
      now: clock.monotonic(),
    });
    outbox.release();
    return end;
  }

  /** Sends what may be sent now. */
  send(): void {
    const { poison } = this.#parts;
    while (!this.#held && !this.#leaving && this.#underWay.size < poison.window) {
      const message = this.#next();
      if (message === undefined) return;
      if (poison.isPoison(message)) {
        this.#giveUp(message, 'the broker closes the connection whenever it gets it');
      } else if (poison.isSuspect(message) && !this.#topicsTaken.has(message.topic)) {
        this.#suspect = message;
      } else {
        void this.#deliver(message);
      }
    }
  }

  #next(): QueuedMessage | undefined {
    const suspect = this.#suspect;
    if (suspect === undefined || !this.#topicsTaken.has(suspect.topic)) return this.#parts.outbox.take();
    this.#suspect = undefined;
    return suspect;
  }

  /**
   * Replaces the birth by a death message and disconnects.
   *
   * @param late aborted when there is no time left for it
   */
  async goodbye(reason: 'stopped' | 'failed', late: AbortSignal): Promise<void> {
    const { connection, number } = this;
    this.#leaving = true;
    const tooLate = () => connection.destroy();
    late.addEventListener('abort', tooLate, { once: true });
    if (late.aborted) tooLate();
    await connection.publish(this.#parts.status.offline(number, reason), { retain: true });
    await connection.end();
    late.removeEventListener('abort', tooLate);
    await connection.closed;
  }

  /** Whatever is published after this call reaches the broker after the birth message. */
  async #announce(): Promise<void> {
    const birth = await this.connection.publish(this.#parts.status.online(this.number), { retain: true });
    this.#born = birth.outcome === 'delivered';
    if (birth.outcome === 'refused') {
      this.#parts.log.error('broker refused the birth message', { reason: birth.reason });
    }
  }

  async #deliver(queued: QueuedMessage): Promise<void> {
    const { clock, outbox, poison, refusalPauses, onDelivered, onSettled } = this.#parts;
    const sentAt = clock.monotonic();
    this.#underWay.set(queued, sentAt);
    const { message, options } = toSending(queued, this.startedAt);
    const delivery = await this.connection.publish(message, options);
    if (delivery.outcome === 'lost' || this.#over.signal.aborted) return;
    this.#underWay.delete(queued);
    if (delivery.outcome === 'refused') {
      this.#refused(queued, delivery);
    } else {
      this.#topicsTaken.add(queued.topic);
      poison.delivered(queued);
      refusalPauses.reset();
      outbox.settle(queued);
      onDelivered?.(queued, clock.monotonic() - sentAt);
      onSettled();
      if (queued.kind === 'reply') void this.#answer(queued.payload);
    }
    if (this.#held) void this.#tryAgainLater();
    else this.send();
  }

  /** Sends the copy of a reply that the sender of the command asked for. */
  async #answer(reply: string): Promise<void> {
    const answer = this.#parts.requests.answer(reply);
    if (answer === undefined) return;
    const { outcome } = await this.connection.publish(answer.message, answer.options);
    if (outcome === 'delivered') return;
    this.#parts.log.warn('the copy of a reply was not delivered', { topic: answer.message.topic, outcome });
  }

  #refused(queued: QueuedMessage, { reason, final }: Refusal): void {
    // A newer health message follows; a reply that waits for ever would hold up the events behind it.
    const isEvent = queued.kind === 'event';
    if (!isEvent || (final && this.#topicsTaken.has(queued.topic))) {
      this.#giveUp(queued, reason);
      return;
    }
    // Whether it is about this event or about all of them is seen by the next one.
    if (final && this.#suspect === undefined) {
      this.#suspect = queued;
      return;
    }
    if (!this.#held) {
      this.#parts.log.error('broker refused an event, which is kept and sent again', {
        topic: queued.topic,
        reason,
      });
    }
    this.#held = true;
  }

  /** Drops a message that cannot be delivered, so that it does not hold up those behind it. */
  #giveUp(queued: QueuedMessage, reason: string): void {
    const { log, outbox, onSettled } = this.#parts;
    const { kind, topic, payload } = queued;
    log.error('message dropped, the broker does not take it', { kind, topic, bytes: payload.length, reason });
    outbox.settle(queued);
    onSettled();
  }

  /** Once all answers are there, puts the refused messages back in their places and waits a while. */
  async #tryAgainLater(): Promise<void> {
    const { outbox, sleep, refusalPauses } = this.#parts;
    if (this.#underWay.size > 0) return;
    await sleep(refusalPauses.next(), this.#over.signal);
    if (this.#over.signal.aborted) return;
    this.#suspect = undefined;
    outbox.release();
    this.#held = false;
    this.send();
  }
}
