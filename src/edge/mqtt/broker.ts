import type { OutgoingMessage } from '../outbox/outbox.js';

/** Versions of MQTT, by the number that stands in the CONNECT packet: 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type Protocol = 4 | 5;

/**
 * What became of a message.
 *
 * - delivered: acknowledged; at QoS 0, written.
 * - refused: the broker answered that it does not take it, or said at the start that it never would.
 *   `final`: it never will. Otherwise it may once its rights or quotas have changed.
 * - lost: the connection went before an answer came.
 */
export type Delivery =
  | { readonly outcome: 'delivered' | 'lost' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly final: boolean };

/**
 * How a connection ended.
 *
 * - by-us: in order.
 * - taken-over: the broker said that another client came with the same client id.
 * - cut: the other side closed it, without a word or because it could not take a packet.
 * - failed: anything else, such as an answer that did not come, a network error, a broker that shuts down.
 */
export interface ConnectionEnd {
  readonly how: 'by-us' | 'taken-over' | 'cut' | 'failed';
  readonly error?: Error;
}

export interface SendOptions {
  /** Whether the broker keeps the message as the last word of its topic. */
  readonly retain: boolean;
  /** After this the broker forgets the message; MQTT 5 only. Never if left out. */
  readonly expirySeconds?: number;
  /** Goes into the answer to a request; MQTT 5 only. */
  readonly correlationData?: Uint8Array;
}

/** One connection to a broker, from CONNACK to its end. It never reconnects. */
export interface BrokerConnection {
  readonly protocol: Protocol;
  /** Why no commands can be received, if that is so although they were asked for. */
  readonly commandsRefused?: Error;
  /** Settled when the connection has ended. */
  readonly closed: Promise<ConnectionEnd>;
  /** Sends one message, in turn, once the broker can take one more. */
  publish(message: OutgoingMessage, options: SendOptions): Promise<Delivery>;
  /** Says good-bye, so that the broker does not send the last will, and closes. */
  end(): Promise<void>;
  /** Closes at once and without good-bye. */
  destroy(): void;
}

/** What came with a command. */
export interface CommandProperties {
  /** The broker had kept the command. Such a one comes again with every connection. */
  readonly retain: boolean;
  /** Where the sender waits for the answer; MQTT 5 only. */
  readonly responseTopic?: string;
  /** What the sender wants to see in the answer; MQTT 5 only. */
  readonly correlationData?: Uint8Array;
}

/**
 * Takes a command. It is acknowledged to the broker once this has returned or the promise is settled, so
 * what is kept by then is not lost. Nothing else is received meanwhile: it should take milliseconds.
 */
export type CommandHandler = (payload: Uint8Array, properties: CommandProperties) => void | Promise<void>;

export interface ConnectRequest {
  /** Last will; the broker retains it. */
  readonly will: OutgoingMessage;
  /** Called from the moment of the connection, also before the attempt has resolved. None: no commands. */
  readonly onCommand?: CommandHandler;
}

/**
 * Opens a connection; resolves once it stands and is subscribed to commands.
 *
 * @param signal gives the attempt up
 * @throws UnavailableError with the cause when the broker does not answer or refuses
 */
export type ConnectBroker = (request: ConnectRequest, signal: AbortSignal) => Promise<BrokerConnection>;
