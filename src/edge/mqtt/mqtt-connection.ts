import type { Socket } from 'node:net';
import { UnavailableError } from '@oneface/common/errors/errors';
import {
  ErrorWithReasonCode,
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
import { clientOptions, LARGEST_INCOMING_PACKET, type SessionOptions } from './client-options.js';
import { endByBroker, endByError, PacketTooLargeError } from './connection-end.js';
import { InFlight } from './in-flight.js';
import { publishPacketSize } from './packet-size.js';
import { publishProperties, publishPropertiesSize } from './publish-properties.js';
import { isFinalRefusal } from './refusals.js';

/** The receive maximum of a broker that names none (MQTT 5, 3.2.2.3.3); there are no more packet ids. */
const MOST_IN_FLIGHT = 65_535;

/** What can be published; an MQTT 5 broker may say less in its CONNACK than was asked for. */
interface BrokerLimits {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly packetBytes: number;
}

/**
 * Opens an MQTT session with mqtt.js over a connection.
 *
 * What was published but not acknowledged is repeated by the outbox, as a new packet, and never here.
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

class MqttConnection implements BrokerConnection {
  readonly protocol: Protocol;
  readonly closed: Promise<ConnectionEnd>;
  commandsRefused: Error | undefined;
  readonly #client: MqttClient;
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #onCommand: CommandHandler | undefined;
  readonly #inFlight: InFlight;
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
    this.#inFlight = new InFlight(MOST_IN_FLIGHT, options.ackMilliseconds, () => this.#silent());
    this.closed = this.#watch();
    this.#guardMemory();
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
    client.on('disconnect', ({ reasonCode }) => this.#finish(endByBroker(reasonCode)));
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
        this.#finish(error === null ? { how: 'cut' } : endByError(error));
        // Stops every timer.
        client.end(true);
        this.#inFlight.lose();
        resolve(this.#end ?? { how: 'cut' });
      });
    });
  }

  /** mqtt.js gathers a packet in memory however large it is. */
  #guardMemory(): void {
    let bytes = 0;
    this.#client.on('packetreceive', () => {
      bytes = 0;
    });
    this.#socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LARGEST_INCOMING_PACKET) {
        this.#fail(new PacketTooLargeError(`a packet of more than ${LARGEST_INCOMING_PACKET} bytes came`));
      }
    });
  }

  /** Nothing more is sent. The first thing that ended the connection is what ended it. */
  #finish(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#inFlight.close();
  }

  #fail(error: Error): void {
    this.#finish(endByError(error));
    this.#socket.destroy();
  }

  /** A broker that answers pings but nothing else would keep the messages waiting for ever. */
  #silent(): void {
    this.#fail(new UnavailableError('the broker acknowledges nothing'));
  }

  async #subscribe(): Promise<void> {
    const modern = this.protocol === 5;
    const silence = setTimeout(() => this.#silent(), this.#options.ackMilliseconds);
    try {
      await this.#client.subscribeAsync(this.#options.commandTopic, {
        qos: 1,
        // A command that the broker keeps is to be known as such, and to come once a session only.
        ...(modern && { rap: true, rh: 1 }),
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.commandsRefused = error;
    } finally {
      clearTimeout(silence);
    }
  }

  async #receive({ topic, payload, retain, properties }: IPublishPacket): Promise<void> {
    if (topic !== this.#options.commandTopic || this.#onCommand === undefined) return;
    const { responseTopic, correlationData } = properties ?? {};
    await this.#onCommand(typeof payload === 'string' ? Buffer.from(payload) : payload, {
      retain,
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlationData !== undefined && { correlationData }),
    });
  }
}

function toDelivery(error: Error | null | undefined): Delivery {
  if (error instanceof ErrorWithReasonCode) {
    return { outcome: 'refused', reason: error.message, final: isFinalRefusal(error.code) };
  }
  return { outcome: error ? 'lost' : 'delivered' };
}
