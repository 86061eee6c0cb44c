import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Types of MQTT packets: the upper half of the first byte. */
export const PACKET = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  disconnect: 14,
} as const;

export interface RawPacket {
  readonly type: number;
  /** The first byte's lower half: for PUBLISH dup, QoS and retain. */
  readonly flags: number;
  /** All that follows the length. */
  readonly body: Buffer;
}

/** A broker that a test plays byte by byte. */
export interface RawBroker {
  readonly port: number;
  /** Connections taken so far. */
  readonly connections: number;
  /** All packets of all connections, in order. */
  readonly packets: readonly RawPacket[];
  stop(): Promise<void>;
}

/** @param onPacket answers a packet; `connection` counts from 1 */
export async function startRawBroker(
  onPacket: (packet: RawPacket, socket: Socket, connection: number) => void,
): Promise<RawBroker> {
  const packets: RawPacket[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let packet = firstPacket(rest); packet !== undefined; packet = firstPacket(rest)) {
        rest = rest.subarray(packet.size);
        packets.push(packet);
        onPacket(packet, socket, connection);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    packets,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function firstPacket(bytes: Buffer): (RawPacket & { readonly size: number }) | undefined {
  let length = 0;
  for (let i = 1; i < Math.min(bytes.length, 5); i++) {
    length += (bytes[i] & 0x7f) * 128 ** (i - 1);
    if (bytes[i] >= 0x80) continue;
    const size = i + 1 + length;
    if (bytes.length < size) return undefined;
    return { type: bytes[0] >> 4, flags: bytes[0] & 0xf, body: bytes.subarray(i + 1, size), size };
  }
  return undefined;
}

/** CONNACK: accepted, or refused with a code. */
export function connack(version: 4 | 5, code = 0, properties: readonly number[] = []): Buffer {
  const body = [0, code, ...(version === 5 ? [properties.length, ...properties] : [])];
  return Buffer.from([PACKET.connack << 4, body.length, ...body]);
}

/** SUBACK of one subscription at QoS 1, to a SUBSCRIBE. */
export function suback(version: 4 | 5, { body }: RawPacket, code = 1): Buffer {
  const rest = [body[0], body[1], ...(version === 5 ? [0] : []), code];
  return Buffer.from([0x90, rest.length, ...rest]);
}

/** PUBACK to a PUBLISH at QoS 1. */
export function puback({ body }: RawPacket, code?: number): Buffer {
  const topicLength = body.readUInt16BE(0);
  const id = body.subarray(2 + topicLength, 4 + topicLength);
  return Buffer.from([0x40, code === undefined ? 2 : 3, ...id, ...(code === undefined ? [] : [code])]);
}

/** What a PUBLISH at QoS 1 says; only its text is looked for, wherever the properties end. */
export function payloadOf({ body }: RawPacket): string {
  const text = body.toString('utf8');
  return text.slice(text.indexOf('{'));
}
