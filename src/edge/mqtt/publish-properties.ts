import type { IClientPublishOptions } from 'mqtt';
import type { SendOptions } from './broker.js';

const CONTENT_TYPE = 'application/json';

/** The properties of MQTT 5 that a message goes out with: UTF-8 text, JSON, and what the options ask for. */
export function publishProperties(options: SendOptions): NonNullable<IClientPublishOptions['properties']> {
  const { expirySeconds, correlationData } = options;
  return {
    payloadFormatIndicator: true,
    contentType: CONTENT_TYPE,
    ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }),
  };
}

/** Bytes that these properties take in a packet, each with its identifier (MQTT 5, 3.3.2.3). */
export function publishPropertiesSize({ expirySeconds, correlationData }: SendOptions): number {
  const payloadFormat = 1 + 1;
  const contentType = 1 + 2 + CONTENT_TYPE.length;
  const expiry = expirySeconds === undefined ? 0 : 1 + 4;
  const correlation = correlationData === undefined ? 0 : 1 + 2 + correlationData.length;
  return payloadFormat + contentType + expiry + correlation;
}
