import { EventEmitter, once } from 'node:events';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { StatusMessages } from '../events/status-messages.js';
import type { Logger } from '../logging/logger.js';
import type { Outbox, QueuedMessage } from '../outbox/outbox.js';
import type { Backoff } from './backoff.js';
import type { BrokerConnection, CommandHandler, ConnectBroker, ConnectionEnd, Protocol } from './broker.js';
import { createPoisonWatch } from './poison.js';
import { createRefusalPauses } from './refusals.js';
import { Requests } from './requests.js';
import { Session, type SessionParts } from './session.js';
import { createSharedIdWatch } from './shared-id.js';

/** A connection that lasted this long was a good one: the next pause is the shortest again. */
const STABLE_MILLISECONDS = 5 * 60_000;
/** Shortest pause while another client uses the same id, so that the two do not fight at full speed. */
const SHARED_ID_PAUSE_MILLISECONDS = 60_000;
/** Share of the time for closing that goes into waiting messages; the rest is for the good-bye. */
const DRAIN_SHARE = 0.7;

export interface PublisherParts {
  readonly connect: ConnectBroker;
  readonly status: StatusMessages;
  /** The publisher is its one listener. */
  readonly outbox: Outbox;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
  /** Named in the log when another client uses it too. */
  readonly clientId: string;
  /** Takes commands, those included that the broker keeps; without it the device subscribes to none. */
  readonly onCommand?: CommandHandler;
  /** A message was acknowledged, so many milliseconds after it was sent. */
  readonly onDelivered?: (message: QueuedMessage, milliseconds: number) => void;
}

/** How the connection to the broker is. */
export interface PublisherState {
  readonly connected: boolean;
  /** Attempts to connect so far. */
  readonly session: number;
  /** Version of MQTT, while connected. */
  readonly protocol: Protocol | undefined;
  /** Whether another client seems to use the same client id. */
  readonly sharedId: boolean;
  /** When `connected` changed last, in milliseconds of the monotonic clock. */
  readonly since: number;
}

/**
 * Brings messages from the outbox to the broker, over as many connections as it takes.
 *
 * Every connection starts with the retained birth message and has the death message as its last will.
 * Messages leave the outbox when the broker has acknowledged them, so one may arrive twice, never none.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #sessionParts: SessionParts;
  readonly #stop = new AbortController();
  readonly #changes = new EventEmitter();
  readonly #sharedId: ReturnType<typeof createSharedIdWatch>;
  #pause = new AbortController();
  #session: Session | undefined;
  #sessions = 0;
  #since: number;
  readonly #ended: Promise<void>;

  /** Starts to connect at once. */
  constructor(parts: PublisherParts) {
    const monotonic = () => parts.clock.monotonic();
    this.#parts = parts;
    this.#sessionParts = {
      ...parts,
      poison: createPoisonWatch(),
      refusalPauses: createRefusalPauses(),
      requests: new Requests(),
      onSettled: () => this.#changes.emit('change'),
    };
    this.#since = monotonic();
    this.#sharedId = createSharedIdWatch(monotonic);
    parts.outbox.onReady(() => this.#session?.send());
    this.#ended = this.#keepConnected();
  }

  get state(): PublisherState {
    return {
      connected: this.#session !== undefined,
      session: this.#sessions,
      protocol: this.#session?.connection.protocol,
      sharedId: this.#sharedId.suspected(),
      since: this.#since,
    };
  }

  /**
   * Delivers what still waits, replaces the birth by a death message and disconnects, in that order. Messages
   * that are kept on disk are not waited for without a connection.
   *
   * @param reason what the death message says
   * @param deadline milliseconds for all of it
   * @returns the number of messages that still wait in the outbox
   */
  async close(reason: 'stopped' | 'failed', deadline: number): Promise<number> {
    // The signals of AbortSignal.timeout would let the process end before their time.
    const drained = new AbortController();
    const late = new AbortController();
    const timers = [
      setTimeout(() => drained.abort(), deadline * DRAIN_SHARE),
      setTimeout(() => late.abort(), deadline),
    ];
    await this.#drain(drained.signal);
    const session = this.#session;
    this.#stop.abort();
    this.#pause.abort();
    if (session !== undefined) await session.goodbye(reason, late.signal);
    await this.#ended;
    for (const timer of timers) clearTimeout(timer);
    return this.#parts.outbox.state.messages;
  }

  async #drain(late: AbortSignal): Promise<void> {
    const { outbox } = this.#parts;
    this.#pause.abort();
    while (outbox.state.messages > 0 && !late.aborted) {
      if (outbox.state.kept && this.#session === undefined) return;
      try {
        await once(this.#changes, 'change', { signal: late });
      } catch (error) {
        if (!late.aborted) throw error;
      }
    }
  }

  async #keepConnected(): Promise<void> {
    const { connect, status, backoff, sleep, log } = this.#parts;
    const onCommand = this.#commandHandler();
    while (!this.#stop.signal.aborted) {
      this.#sessions += 1;
      const number = this.#sessions;
      try {
        const will = status.offline(number, 'connection-lost');
        await this.#serve(number, await connect({ will, onCommand }, this.#stop.signal));
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#sharedId.notReached();
        log.warn('broker not reached', { error });
      }
      if (this.#stop.signal.aborted) return;
      const least = this.#sharedId.suspected() ? SHARED_ID_PAUSE_MILLISECONDS : undefined;
      const pause = Math.round(backoff.next(least));
      log.info('waiting before the next connection', { milliseconds: pause });
      this.#pause = new AbortController();
      await sleep(pause, this.#pause.signal);
    }
  }

  /** Uses a connection until it ends. */
  async #serve(number: number, connection: BrokerConnection): Promise<void> {
    const { clock, log, backoff } = this.#parts;
    if (this.#stop.signal.aborted) return connection.destroy();
    log.info('connected to broker', { session: number, protocol: connection.protocol });
    if (connection.commandsRefused !== undefined) {
      log.error('broker refused the subscription to commands', { error: connection.commandsRefused });
    }
    const session = new Session(number, connection, this.#sessionParts);
    this.#change(session);
    this.#sharedId.connected();
    const end = await session.run();
    this.#change(undefined);
    const lifetime = clock.monotonic() - session.startedAt;
    if (lifetime >= STABLE_MILLISECONDS) backoff.reset();
    if (!this.#stop.signal.aborted) this.#report(session, end, lifetime);
  }

  #change(session: Session | undefined): void {
    this.#session = session;
    this.#since = this.#parts.clock.monotonic();
    this.#changes.emit('change');
  }

  #report({ number, fruitless }: Session, end: ConnectionEnd, lifetime: number): void {
    const { log, clientId } = this.#parts;
    log.warn('connection to broker lost', { session: number, how: end.how, error: end.error });
    if (this.#sharedId.ended({ ...end, fruitless, lifetime })) {
      log.error(
        'another client seems to use the client id of this device, so the broker cuts them off in turn: ' +
          'give each device a name of its own',
        { clientId },
      );
    }
  }

  /** A handler that fails must not cost the connection: the broker would send the command again and again. */
  #commandHandler(): CommandHandler | undefined {
    const { onCommand, log } = this.#parts;
    if (onCommand === undefined) return undefined;
    return async (payload, properties) => {
      this.#sessionParts.requests.note(payload, properties);
      try {
        await onCommand(payload, properties);
      } catch (error) {
        log.error('a command could not be taken', { error });
      }
    };
  }
}
