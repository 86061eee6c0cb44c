/** What a PUBLISH packet of MQTT holds, as far as its size depends on it. */
export interface PublishShape {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  /** Bytes of the properties of MQTT 5, without their length; undefined with MQTT 3.1.1. */
  readonly properties: number | undefined;
}

/** Bytes of a whole PUBLISH packet (MQTT 5, chapters 2.1 and 3.3). */
export function publishPacketSize({ topic, payload, qos, properties }: PublishShape): number {
  const propertyBytes = properties === undefined ? 0 : variableIntegerSize(properties) + properties;
  const packetId = qos === 0 ? 0 : 2;
  const rest = 2 + Buffer.byteLength(topic) + packetId + propertyBytes + Buffer.byteLength(payload);
  return 1 + variableIntegerSize(rest) + rest;
}

/** Bytes of a variable byte integer: 7 bits each. */
function variableIntegerSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}
