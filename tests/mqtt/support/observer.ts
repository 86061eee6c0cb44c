import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';

/** What a subscriber received. */
export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly contentType: string | undefined;
  /** Seconds that are left to it. */
  readonly expiry: number | undefined;
  readonly correlationData: string | undefined;
}

/** A subscriber to everything under a topic filter. */
export interface Observer {
  readonly received: readonly Received[];
  /** Waits until a received message satisfies the condition. */
  until(condition: (message: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
}

/** Long, as many tests may share few cores. */
const PATIENCE_MILLISECONDS = 60_000;

/** Subscribes with a client of its own. */
export async function observe(port: number, filter: string, version: 4 | 5 = 4): Promise<Observer> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: version });
  const received: Received[] = [];
  client.on('message', (topic, payload, packet) => {
    received.push({
      topic,
      payload: payload.toString('utf8'),
      retain: packet.retain,
      contentType: packet.properties?.contentType,
      expiry: packet.properties?.messageExpiryInterval,
      correlationData: packet.properties?.correlationData?.toString('utf8'),
    });
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return {
    received,
    async until(condition) {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      for (;;) {
        const found = received.find(condition);
        if (found !== undefined) return found;
        if (Date.now() > deadline) throw new Error(`no such message among ${received.length}`);
        await delay(5);
      }
    },
    close: () => client.endAsync(true),
  };
}
