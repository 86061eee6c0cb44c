import type { SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import { parseTopic, topicFilters } from '@oneface/common/topics/topics';
import { connectAsync } from 'mqtt';

/** A backend in small: takes every event that a device publishes. */
export interface Subscriber {
  /** Waits until a device is offline, which it says after its last event, and gives its events in order. */
  eventsOf(device: string): Promise<readonly SegmentationEvent[]>;
  close(): Promise<void>;
}

/**
 * Subscribes to what all devices publish.
 *
 * @param url broker
 * @param onEvent told of every event as it comes
 */
export async function subscribe(
  url: string,
  onEvent: (event: SegmentationEvent) => void,
): Promise<Subscriber> {
  const client = await connectAsync(url);
  const events: SegmentationEvent[] = [];
  const offline = new Set<string>();
  client.on('message', (topic, payload) => {
    const text = payload.toString('utf8');
    if (parseTopic(topic)?.channel === 'events') {
      const event = parseEvent(text);
      events.push(event);
      onEvent(event);
    } else {
      const { device, state } = parseStatus(text);
      if (state === 'offline') offline.add(device);
    }
  });
  await client.subscribeAsync([...topicFilters('events'), ...topicFilters('status')], { qos: 1 });
  return {
    async eventsOf(device) {
      while (!offline.has(device)) {
        await new Promise((resolve) => client.once('message', resolve));
      }
      return events.filter((event) => event.device === device);
    },
    close: () => client.endAsync(),
  };
}

/** One line for people about an event. */
export function describeEvent(event: SegmentationEvent): string {
  const { device, sequence, frame, timings } = event;
  const time = Object.values(timings).reduce((sum, milliseconds) => sum + milliseconds, 0);
  const head = `${device} event ${sequence} frame ${frame.number} (${time.toFixed(0)} ms)`;
  if (event.kind === 'no-face') return `${head}: no face, ${event.reason}`;
  const { box, score, parts } = event.face;
  const place = `${Math.round(box.width)}x${Math.round(box.height)} at ${Math.round(box.x)},${Math.round(box.y)}`;
  const names = parts.map(({ name, confidence }) => `${name} ${confidence.toFixed(2)}`).join(', ');
  return `${head}: face ${place}, score ${score.toFixed(2)}; ${names}`;
}
