import { parseEvent } from '@oneface/common/events/parse';
import { topicOf } from '@oneface/common/topics/topics';
import { connectAsync } from 'mqtt';

/** Sees what a device publishes, and cleans up after it. */
export interface BenchObserver {
  /** Resolves at the first event of a boot that has not been seen yet. */
  firstEventOfNewBoot(): Promise<void>;
  /** Takes the messages about the device back that the broker keeps. */
  forgetDevice(): Promise<void>;
  close(): Promise<void>;
}

/** Subscribes to the events of a device. */
export async function observeDevice(url: string, device: string): Promise<BenchObserver> {
  const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 });
  await client.subscribeAsync(topicOf({ device }, 'events'), { qos: 1 });
  const boots = new Set<string>();
  let onNewBoot = () => {};
  client.on('message', (_topic, payload) => {
    const { boot } = parseEvent(payload.toString('utf8'));
    if (boots.has(boot)) return;
    boots.add(boot);
    onNewBoot();
  });
  return {
    firstEventOfNewBoot: () =>
      new Promise((resolve) => {
        onNewBoot = resolve;
      }),
    async forgetDevice() {
      if (!client.connected) return;
      for (const channel of ['status', 'health'] as const) {
        await client.publishAsync(topicOf({ device }, channel), '', { retain: true, qos: 1 });
      }
    },
    close: () => client.endAsync(),
  };
}
