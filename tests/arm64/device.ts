import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '@oneface/common/commands/command';
import type { SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent } from '@oneface/common/events/parse';
import { type Channel, topicOf } from '@oneface/common/topics/topics';
import { connectAsync } from 'mqtt';
import type { Running } from '../agent/program.js';
import type { Observer } from '../mqtt/support/observer.js';
import { projectFile } from '../support/paths.js';

/** The bundle that comes with Oneface, and the key that signed it. */
export const BUNDLE = projectFile('models/face-parts/face.oneface');
export const KEY = projectFile('models/face-parts/signing.public.pem');

/** One device: its configuration and what it keeps on its disk, whatever processor it is plugged into. */
export class Device {
  readonly name = 'door-1';
  readonly config: string;
  readonly #folder: string;
  readonly #port: number;

  constructor(folder: string, port: number) {
    this.config = join(folder, 'config.json');
    this.#folder = folder;
    this.#port = port;
  }

  /** Lets it look at a folder of frames, once or again and again. */
  async lookAt(frames: string, repeat: boolean): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const config = {
      device: this.name,
      state: join(this.#folder, 'state'),
      source: { kind: 'folder', path: frames, repeat },
      bundle: BUNDLE,
      trustedKeys: [KEY],
      mqtt: { url: `mqtt://127.0.0.1:${this.#port}` },
      frames: { perSecond: 50 },
      report: { mode: 'frames' },
      health: { port: false },
    };
    await writeFile(this.config, JSON.stringify(config));
  }

  /** Waits until it keeps the event of a frame on its disk. */
  async hasKept(frame: number, agent: Running): Promise<void> {
    const folder = join(this.#folder, 'state/outbox');
    while (!(await holds(folder, `"frame":{"number":${frame},`))) {
      const { exitCode, signalCode } = agent.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`the agent ended: ${agent.stderr()}`);
      await delay(100);
    }
  }

  async send(command: Command): Promise<void> {
    const client = await connectAsync(`mqtt://127.0.0.1:${this.#port}`);
    await client.publishAsync(topicOf({ device: this.name }, 'commands'), JSON.stringify(command), {
      qos: 1,
    });
    await client.endAsync();
  }
}

/** Whether a file of the folder holds the text; the folder need not be there yet. */
async function holds(folder: string, text: string): Promise<boolean> {
  try {
    for (const name of await readdir(folder)) {
      if ((await readFile(join(folder, name))).includes(text)) return true;
    }
  } catch (error) {
    // Files come and go while the agent works.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return false;
}

/** What has arrived on one of the device's channels. */
export function payloads({ received }: Observer, channel: Channel): string[] {
  return received.filter(({ topic }) => topic.endsWith(`/${channel}`)).map(({ payload }) => payload);
}

export const eventsOf = (observer: Observer) => payloads(observer, 'events').map(parseEvent);

/**
 * What an event says of the frame: without who took it when, how long that took, and where it stands in the
 * log.
 */
export function sight(event: SegmentationEvent) {
  const { device, boot, log, sequence, historical, time, timeQuality, timings, ...rest } = event;
  return rest;
}
