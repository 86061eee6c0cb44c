import { EventEmitter, once } from 'node:events';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Backoff } from './backoff.js';
import type { BrokerConnection, ConnectBroker } from './broker.js';
import type { Outbox, OutgoingMessage } from './outbox.js';

/** Messages sent but not yet acknowledged; small, so that little is repeated after a lost connection. */
const MOST_UNDER_WAY = 8;
/** A connection that lasted this long was a good one: the next pause is the shortest again. */
const STABLE_MILLISECONDS = 5 * 60_000;

/** The retained messages about the device itself; `session` counts the attempts to connect from 1. */
export interface StatusMessages {
  online(session: number): OutgoingMessage;
  offline(session: number, reason: 'stopped' | 'failed' | 'connection-lost'): OutgoingMessage;
}

export interface PublisherParts {
  readonly connect: ConnectBroker;
  readonly status: StatusMessages;
  readonly outbox: Outbox;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/** What is known of one connection while it stands. */
interface Session {
  readonly number: number;
  readonly connection: BrokerConnection;
  underWay: number;
}

/**
 * Brings messages to the broker, over as many connections as it takes.
 *
 * Every connection starts with the retained birth message and has the death message as its last will.
 * Messages leave the outbox when the broker has acknowledged them, so one may arrive twice, never none.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #stop = new AbortController();
  readonly #changes = new EventEmitter();
  #pause = new AbortController();
  #session: Session | undefined;
  #sessions = 0;
  readonly #ended: Promise<void>;

  /** Starts to connect at once. */
  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#ended = this.#keepConnected();
  }

  /** Takes a message to deliver. When the outbox overflows, the oldest one is dropped and reported. */
  publish(message: OutgoingMessage): void {
    const dropped = this.#parts.outbox.add(message);
    if (dropped.length > 0) {
      this.#parts.log.warn('outbox full, oldest messages dropped', { dropped: dropped.length });
    }
    this.#send();
  }

  /**
   * Delivers what still waits, replaces the birth by a death message and disconnects, in that order.
   *
   * @param reason what the death message says
   * @param deadline milliseconds for all of it
   * @returns the number of messages that could not be delivered
   */
  async close(reason: 'stopped' | 'failed', deadline: number): Promise<number> {
    const { outbox } = this.#parts;
    const late = AbortSignal.timeout(deadline);
    this.#pause.abort();
    while (outbox.size > 0 && !late.aborted) await this.#change(late);
    const session = this.#session;
    this.#stop.abort();
    this.#pause.abort();
    if (session !== undefined) await this.#sayGoodbye(session, reason, late);
    await this.#ended;
    return outbox.size;
  }

  async #keepConnected(): Promise<void> {
    const { connect, status, backoff, clock, sleep, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      this.#sessions += 1;
      const number = this.#sessions;
      const startedAt = clock.monotonic();
      try {
        const connection = await connect(status.offline(number, 'connection-lost'), this.#stop.signal);
        await this.#serve({ number, connection, underWay: 0 });
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log.warn('broker not reached', { error });
      }
      if (this.#stop.signal.aborted) return;
      if (clock.monotonic() - startedAt >= STABLE_MILLISECONDS) backoff.reset();
      const pause = Math.round(backoff.next());
      log.info('waiting before the next connection', { milliseconds: pause });
      this.#pause = new AbortController();
      await sleep(pause, this.#pause.signal);
    }
  }

  async #serve(session: Session): Promise<void> {
    const { outbox, log } = this.#parts;
    const { connection, number } = session;
    if (this.#stop.signal.aborted) return connection.destroy();
    log.info('connected to broker', { session: number });
    this.#session = session;
    void this.#announce(session);
    this.#send();
    const error = await connection.closed;
    this.#session = undefined;
    outbox.release();
    if (!this.#stop.signal.aborted) log.warn('connection to broker lost', { session: number, error });
  }

  /** Sends the birth message; whatever is published after this call reaches the broker after it. */
  async #announce({ number, connection }: Session): Promise<void> {
    const birth = await connection.publish(this.#parts.status.online(number), { retain: true });
    if (birth.outcome === 'refused') {
      this.#parts.log.error('broker refused the birth message', { reason: birth.reason });
    }
  }

  #send(): void {
    const session = this.#session;
    while (session !== undefined && session.underWay < MOST_UNDER_WAY) {
      const message = this.#parts.outbox.take();
      if (message === undefined) return;
      session.underWay += 1;
      void this.#deliver(session, message);
    }
  }

  async #deliver(session: Session, message: OutgoingMessage): Promise<void> {
    const { outbox, log } = this.#parts;
    const delivery = await session.connection.publish(message, { retain: false });
    session.underWay -= 1;
    if (delivery.outcome === 'lost') return;
    if (delivery.outcome === 'refused') {
      log.error('broker refused a message', { topic: message.topic, reason: delivery.reason });
    }
    outbox.settle(message);
    this.#changes.emit('change');
    this.#send();
  }

  async #change(late: AbortSignal): Promise<void> {
    try {
      await once(this.#changes, 'change', { signal: late });
    } catch (error) {
      if (!late.aborted) throw error;
    }
  }

  async #sayGoodbye(session: Session, reason: 'stopped' | 'failed', late: AbortSignal): Promise<void> {
    const { connection, number } = session;
    const tooLate = () => connection.destroy();
    late.addEventListener('abort', tooLate, { once: true });
    if (late.aborted) tooLate();
    await connection.publish(this.#parts.status.offline(number, reason), { retain: true });
    await connection.end();
    late.removeEventListener('abort', tooLate);
    await connection.closed;
  }
}
