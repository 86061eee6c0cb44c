import { UnavailableError } from '@oneface/common/errors/errors';
import { connect, ErrorWithReasonCode, type IClientOptions, type IClientPublishOptions } from 'mqtt';
import type { OutgoingMessage } from './outbox.js';

/**
 * What became of a message. 'delivered': acknowledged (at QoS 0: written). 'refused': the broker answered
 * that it does not take it. 'lost': the connection went before an answer came.
 */
export type Delivery =
  | { readonly outcome: 'delivered' | 'lost' }
  | { readonly outcome: 'refused'; readonly reason: string };

/** One connection to a broker, from CONNACK to its end. It never reconnects. */
export interface BrokerConnection {
  /** Settled when the connection has ended, with the cause where one is known. */
  readonly closed: Promise<Error | undefined>;
  /** Sends one message; a retained one stays with the broker as the topic's last word. */
  publish(message: OutgoingMessage, options: { readonly retain: boolean }): Promise<Delivery>;
  /** Says good-bye, so that the broker does not send the last will, and closes. */
  end(): Promise<void>;
  /** Closes at once and without good-bye. */
  destroy(): void;
}

/**
 * Opens a connection with a last will, which the broker retains.
 *
 * @param signal gives the attempt up
 * @throws UnavailableError with the cause when the broker does not answer or refuses
 */
export type ConnectBroker = (will: OutgoingMessage, signal: AbortSignal) => Promise<BrokerConnection>;

/** Where the broker is and how to talk to it. */
export interface BrokerOptions {
  /** `mqtt://host:port` or `mqtts://host:port` */
  readonly url: string;
  readonly qos: 0 | 1;
  /** Version, client id, credentials and TLS, as mqtt.js takes them. */
  readonly client: IClientOptions;
}

/** Makes the function that opens connections with mqtt.js. */
export function createBrokerConnector(options: BrokerOptions): ConnectBroker {
  return (will, signal) => openConnection(options, will, signal);
}

async function openConnection(
  { url, qos, client: clientOptions }: BrokerOptions,
  will: OutgoingMessage,
  signal: AbortSignal,
): Promise<BrokerConnection> {
  signal.throwIfAborted();
  // A client lives for one connection: whether and when to try again is the publisher's to decide.
  const client = connect(url, {
    ...clientOptions,
    clean: true,
    reconnectPeriod: 0,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos, retain: true },
  });
  let cause: Error | undefined;
  let open = true;
  const shut = () => {
    open = false;
    // Fails the messages that still wait for an answer and stops every timer.
    client.end(true);
  };
  client.on('error', (error) => {
    cause ??= error;
  });
  client.on('disconnect', (packet) => {
    cause ??= new UnavailableError(`the broker ended the connection (reason ${packet.reasonCode})`);
  });
  const closed = new Promise<Error | undefined>((resolve) => {
    client.once('close', () => {
      shut();
      resolve(cause);
    });
  });
  signal.addEventListener('abort', shut, { once: true });
  try {
    await Promise.race([
      new Promise((resolve) => client.once('connect', resolve)),
      closed.then((error) => {
        throw new UnavailableError(`Expected an answer from ${url} but received none`, { cause: error });
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', shut);
  }
  return {
    closed,
    publish(message, { retain }) {
      // mqtt.js throws on a client that has ended.
      if (!open) return Promise.resolve({ outcome: 'lost' });
      const settings = { qos, retain, ...jsonProperties(clientOptions.protocolVersion) };
      return new Promise((resolve) => {
        client.publish(message.topic, message.payload, settings, (error) => resolve(toDelivery(error)));
      });
    },
    async end() {
      open = false;
      await client.endAsync();
    },
    destroy() {
      shut();
      // A good-bye that hangs makes the call above do nothing.
      client.stream.destroy();
    },
  };
}

function toDelivery(error: Error | null | undefined): Delivery {
  if (error instanceof ErrorWithReasonCode) return { outcome: 'refused', reason: error.message };
  return { outcome: error ? 'lost' : 'delivered' };
}

/** MQTT 5 names the kind of a payload; 3.1.1 has no place for it. */
function jsonProperties(version: number | undefined): IClientPublishOptions {
  if (version !== 5) return {};
  return { properties: { contentType: 'application/json', payloadFormatIndicator: true } };
}
