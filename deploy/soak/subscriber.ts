import { createWriteStream } from 'node:fs';
import { parseTopic, topicFilters } from '@oneface/common/topics/topics';
import { connectAsync } from 'mqtt';
import type { Arrival, Judge } from './judge.js';

const RECONNECT_MILLISECONDS = 200;

/** A backend that misses nothing: its session stays with the broker while it is away. */
export interface Subscriber {
  /** What the device last said of itself. */
  readonly state: () => 'online' | 'offline' | undefined;
  close(): Promise<void>;
}

/**
 * Subscribes with QoS 1 and a session that lasts, and gives every event to the judge.
 *
 * @param onArrival told of every event that was not there yet
 * @param log file that takes what is wrong with its connection
 */
export async function subscribe(
  url: string,
  judge: Judge,
  onArrival: (arrival: Arrival) => void,
  log: string,
): Promise<Subscriber> {
  let state: 'online' | 'offline' | undefined;
  const client = await connectAsync(url, {
    clientId: 'soak-judge',
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: RECONNECT_MILLISECONDS,
    resubscribe: true,
  });
  const trouble = createWriteStream(log, { flags: 'a' });
  client.on('message', (topic, payload) => {
    const now = Date.now();
    const text = payload.toString('utf8');
    if (parseTopic(topic)?.channel === 'status') {
      state = judge.takeStatus(text)?.state;
      return;
    }
    const arrival = judge.take(text, now);
    if (arrival !== undefined) onArrival(arrival);
  });
  client.on('error', (error) => trouble.write(`${new Date().toISOString()} ${error.message}\n`));
  await client.subscribeAsync([...topicFilters('events'), ...topicFilters('status')], { qos: 1 });
  return {
    state: () => state,
    async close() {
      await client.endAsync();
      trouble.end();
    },
  };
}
