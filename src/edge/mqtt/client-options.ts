import type { IClientOptions } from 'mqtt';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { Protocol } from './broker.js';
import { publishProperties } from './publish-properties.js';

/**
 * Seconds that the broker keeps subscription and commands while the device is away (MQTT 5): longer than the
 * longest pause between two attempts to connect. With MQTT 3.1.1 it keeps them as long as it is told to.
 */
const SESSION_SECONDS = 900;
/** Seconds that the broker holds the last will back (MQTT 5), so that a quick return shows no death. */
const WILL_DELAY_SECONDS = 8;

/** A command is far smaller; a packet of hundreds of megabytes, which MQTT allows, would end the agent. */
export const LARGEST_INCOMING_PACKET = 1024 * 1024;

/** Who connects, and how, over a connection that already stands. */
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
  /** Milliseconds until the first acknowledgement of whatever waits for one. */
  readonly ackMilliseconds: number;
  /** Whether the broker is to forget the session it has, with the commands that wait in it. */
  readonly forget: boolean;
}

/**
 * What mqtt.js is told. Its own reconnecting, its queue for messages without a connection and its stores
 * stay off: each loses messages or floods the broker.
 *
 * The broker keeps the session (no clean start), so commands sent during a short drop arrive.
 */
export function clientOptions(options: SessionOptions, will: OutgoingMessage): IClientOptions {
  const modern = options.protocol === 5;
  return {
    protocolVersion: options.protocol,
    clientId: options.clientId,
    username: options.username,
    password: options.password,
    keepalive: options.keepaliveSeconds,
    connectTimeout: options.connackMilliseconds,
    clean: options.forget,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(modern && {
      properties: {
        sessionExpiryInterval: SESSION_SECONDS,
        maximumPacketSize: LARGEST_INCOMING_PACKET,
      },
    }),
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
