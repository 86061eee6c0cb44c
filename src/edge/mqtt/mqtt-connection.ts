import type { Socket } from 'node:net';
import { UnavailableError } from '@oneface/common/errors/errors';
import {
  ErrorWithReasonCode,
  type IClientOptions,
  type IClientPublishOptions,
  type IConnackPacket,
  type IPublishPacket,
  MqttClient,
} from 'mqtt';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type {
  BrokerConnection,
  CommandHandler,
  ConnectionEnd,
  ConnectRequest,
  Delivery,
  Protocol,
  SendOptions,
} from './broker.js';
import { InFlight } from './in-flight.js';
import { publishPacketSize } from './packet-size.js';
import { publishProperties, publishPropertiesSize } from './publish-properties.js';
import { isFinalRefusal } from './refusals.js';

/**
 * Seconds that the broker keeps subscription and commands while the device is away (MQTT 5): longer than the
 * longest pause between two attempts to connect.
 */
const SESSION_SECONDS = 900;
/** Seconds that the broker holds the last will back (MQTT 5), so that a quick return shows no death. */
const WILL_DELAY_SECONDS = 8;
/** DISCONNECT of MQTT 5: another client came with the same client id. */
const SESSION_TAKEN_OVER = 0x8e;
/** DISCONNECT of MQTT 5: malformed packet, protocol error, packet too large, payload format invalid. */
const PACKET_NOT_TAKEN: readonly (number | undefined)[] = [0x81, 0x82, 0x95, 0x99];
/** How the network reports that the other side had closed when we wrote. */
const CLOSED_BY_PEER: readonly string[] = ['ECONNRESET', 'EPIPE'];
/** The receive maximum of a broker that names none (MQTT 5, 3.2.2.3.3); there are no more packet ids. */
const MOST_IN_FLIGHT = 65_535;

/** Who connects and how, over a connection that already stands. */
export interface SessionOptions {
  readonly protocol: Protocol;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly keepaliveSeconds: number;
  readonly qos: 0 | 1;
  readonly commandTopic: string;
  /** Milliseconds until CONNACK. */
  readonly connackMilliseconds: number;
}

/** What can be published; an MQTT 5 broker may say less in its CONNACK than was asked for. */
interface BrokerLimits {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly packetBytes: number;
}

/**
 * Opens an MQTT session with mqtt.js over a connection. Its own reconnecting, its queue for messages without
 * a connection and its stores stay off: each loses messages or floods the broker.
 *
 * The broker keeps the session (no clean start), so commands sent during a short drop arrive. What was
 * published but not acknowledged is repeated by the outbox, as a new packet, and not here.
 *
 * @param signal gives the attempt up
 * @returns the connection, or how it ended before it stood
 */
export async function openMqttSession(
  socket: Socket,
  options: SessionOptions,
  { will, onCommand }: ConnectRequest,
  signal: AbortSignal,
): Promise<BrokerConnection | ConnectionEnd> {
  const client = new MqttClient(() => socket, clientOptions(options, will));
  const connection = new MqttConnection(client, socket, options, onCommand);
  const giveUp = () => connection.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return (await connection.open()) ?? connection;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function clientOptions(options: SessionOptions, will: OutgoingMessage): IClientOptions {
  const modern = options.protocol === 5;
  return {
    protocolVersion: options.protocol,
    clientId: options.clientId,
    username: options.username,
    password: options.password,
    keepalive: options.keepaliveSeconds,
    connectTimeout: options.connackMilliseconds,
    clean: false,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(modern && { properties: { sessionExpiryInterval: SESSION_SECONDS } }),
    will: {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: options.qos,
      retain: true,
      ...(modern && {
        properties: { willDelayInterval: WILL_DELAY_SECONDS, ...publishProperties({ retain: true }) },
      }),
    },
  };
}

class MqttConnection implements BrokerConnection {
  readonly protocol: Protocol;
  readonly closed: Promise<ConnectionEnd>;
  commandsRefused: Error | undefined;
  readonly #client: MqttClient;
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #onCommand: CommandHandler | undefined;
  readonly #inFlight = new InFlight(MOST_IN_FLIGHT);
  #limits: BrokerLimits;
  #end: ConnectionEnd | undefined;

  constructor(
    client: MqttClient,
    socket: Socket,
    options: SessionOptions,
    onCommand: CommandHandler | undefined,
  ) {
    this.protocol = options.protocol;
    this.#client = client;
    this.#socket = socket;
    this.#options = options;
    this.#onCommand = onCommand;
    this.#limits = { qos: options.qos, retain: true, packetBytes: Number.POSITIVE_INFINITY };
    this.closed = this.#watch();
  }

  /** Waits for CONNACK and subscribes to commands. Returns how the connection ended, if it has. */
  async open(): Promise<ConnectionEnd | undefined> {
    const connack = new Promise<IConnackPacket>((resolve) => this.#client.once('connect', resolve));
    const first = await Promise.race([connack, this.closed]);
    if ('how' in first) return first;
    const { maximumQoS, retainAvailable, maximumPacketSize, receiveMaximum } = first.properties ?? {};
    this.#limits = {
      qos: maximumQoS === 0 ? 0 : this.#options.qos,
      retain: retainAvailable ?? true,
      packetBytes: maximumPacketSize ?? Number.POSITIVE_INFINITY,
    };
    this.#inFlight.limit = receiveMaximum ?? MOST_IN_FLIGHT;
    if (this.#onCommand !== undefined) await this.#subscribe();
    return this.#end === undefined ? undefined : this.closed;
  }

  async publish({ topic, payload }: OutgoingMessage, options: SendOptions): Promise<Delivery> {
    const modern = this.protocol === 5;
    const { qos, retain, packetBytes } = this.#limits;
    const properties = modern ? publishPropertiesSize(options) : undefined;
    const size = publishPacketSize({ topic, payload, qos, properties });
    if (size > packetBytes) {
      const reason = `${size} bytes are more than the ${packetBytes} that the broker takes`;
      return { outcome: 'refused', reason, final: true };
    }
    const settings: IClientPublishOptions = {
      qos,
      retain: options.retain && retain,
      ...(modern && { properties: publishProperties(options) }),
    };
    return this.#inFlight.run((answer) => {
      this.#client.publish(topic, payload, settings, (error) => answer(toDelivery(error)));
    });
  }

  async end(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#finish({ how: 'by-us' });
    await this.#client.endAsync();
  }

  destroy(): void {
    this.#finish({ how: 'by-us' });
    this.#client.end(true);
    // A good-bye that hangs makes the call above do nothing.
    this.#socket.destroy();
  }

  #watch(): Promise<ConnectionEnd> {
    const client = this.#client;
    // mqtt.js goes on after some errors of the protocol; what it does then cannot be relied upon.
    client.on('error', (error) => this.#fail(error));
    client.on('disconnect', ({ reasonCode }) => this.#finish(toEnd(reasonCode)));
    client.handleMessage = (packet, done) => {
      this.#receive(packet).then(
        () => done(),
        (error) => this.#fail(error),
      );
    };
    return new Promise((resolve) => {
      client.once('close', () => {
        // mqtt.js keeps some errors of the network to itself.
        const error = this.#socket.errored;
        if (error === null) this.#finish({ how: 'cut' });
        else this.#fail(error);
        // Stops every timer.
        client.end(true);
        this.#inFlight.lose();
        resolve(this.#end ?? { how: 'cut' });
      });
    });
  }

  /** Nothing more is sent. The first thing that ended the connection is what ended it. */
  #finish(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#inFlight.close();
  }

  #fail(error: Error & { readonly code?: unknown }): void {
    const cut = CLOSED_BY_PEER.some((code) => code === error.code);
    this.#finish({ how: cut ? 'cut' : 'failed', error });
    this.#socket.destroy();
  }

  async #subscribe(): Promise<void> {
    const modern = this.protocol === 5;
    try {
      await this.#client.subscribeAsync(this.#options.commandTopic, {
        qos: 1,
        // A command that the broker keeps is to be known as such, and to come once a session only.
        ...(modern && { rap: true, rh: 1 }),
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.commandsRefused = error;
    }
  }

  async #receive({ topic, payload, retain, properties }: IPublishPacket): Promise<void> {
    if (topic !== this.#options.commandTopic) return;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    await this.#onCommand?.(bytes, {
      retain,
      responseTopic: properties?.responseTopic,
      correlationData: properties?.correlationData,
    });
  }
}

function toEnd(reasonCode: number | undefined): ConnectionEnd {
  const error = new UnavailableError(`the broker ended the connection (reason ${reasonCode})`);
  if (reasonCode === SESSION_TAKEN_OVER) return { how: 'taken-over', error };
  return { how: PACKET_NOT_TAKEN.includes(reasonCode) ? 'cut' : 'failed', error };
}

function toDelivery(error: Error | null | undefined): Delivery {
  if (error instanceof ErrorWithReasonCode) {
    return { outcome: 'refused', reason: error.message, final: isFinalRefusal(error.code) };
  }
  return { outcome: error ? 'lost' : 'delivered' };
}
