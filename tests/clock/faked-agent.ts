import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEvent } from '@oneface/common/events/parse';
import type { ExecutionContext } from 'ava';
import sharp from 'sharp';
import { type BundleFiles, facePicture, writeColorBundle } from '../agent/color-bundle.js';
import type { Observer } from '../mqtt/support/observer.js';
import { projectFile } from '../support/paths.js';

/** The library that turns the clock of a process, as the program `faketime` would load it. */
export const FAKETIME_LIBRARY = execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], {
  encoding: 'utf8',
}).trim();

/** A signed bundle and a folder with pictures of faces. */
export interface Material {
  readonly files: BundleFiles;
  readonly frames: string;
  remove(): Promise<void>;
}

export async function makeMaterial(): Promise<Material> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-clock-'));
  const frames = join(folder, 'frames');
  await mkdir(frames);
  for (const roll of [0, 10]) {
    const { data, width, height } = facePicture(160, 160, 140, roll);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(frames, `${roll}.png`));
  }
  const files = await writeColorBundle(folder);
  return { files, frames, remove: () => rm(folder, { recursive: true }) };
}

/** A device with a folder of its own, whose wall clock a test sets. */
export class FakedDevice {
  readonly name: string;
  readonly folder: string;
  readonly #material: Material;
  readonly #port: number;

  constructor(name: string, folder: string, material: Material, port: number) {
    this.name = name;
    this.folder = folder;
    this.#material = material;
    this.#port = port;
  }

  get floorFile(): string {
    return join(this.folder, 'state', 'last-good-time.json');
  }

  /** Sets the wall clock, now and while the agent runs. It sees it within a second. */
  async setClock(time: string): Promise<void> {
    const seconds = Math.round((Date.parse(time) - Date.now()) / 1000);
    const next = join(this.folder, 'offset.next');
    await writeFile(next, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(next, join(this.folder, 'offset'));
  }

  async configure(changes: object = {}): Promise<void> {
    const config = {
      device: this.name,
      source: { kind: 'folder', path: this.#material.frames, repeat: true },
      bundle: this.#material.files.bundle,
      trustedKeys: [this.#material.files.key],
      mqtt: { url: `mqtt://127.0.0.1:${this.#port}` },
      frames: { perSecond: 20, idlePerSecond: 20 },
      report: { mode: 'frames' },
      health: { port: false },
      ...changes,
    };
    await mkdir(join(this.folder, 'state'), { recursive: true });
    await writeFile(join(this.folder, 'config.json'), JSON.stringify(config));
  }

  /** Starts the real agent under the clock that is set; what is left of it when the test ends is killed. */
  start(t: ExecutionContext) {
    const main = projectFile('src/edge/dist/main.js');
    const child = spawn(process.execPath, [main, 'run', '--config', join(this.folder, 'config.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        TZ: 'UTC',
        LD_PRELOAD: FAKETIME_LIBRARY,
        FAKETIME_TIMESTAMP_FILE: join(this.folder, 'offset'),
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        NO_FAKE_STAT: '1',
      },
    });
    t.teardown(() => child.kill('SIGKILL'));
    const ended = once(child, 'close').then(([code]): number | null => code);
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    return {
      log: () => log,
      /** Its exit status, once it has ended. */
      ended,
      /** Waits for something that it brings about; fails with its log when it ends before. */
      meanwhile<T>(result: Promise<T>): Promise<T> {
        const gone = ended.then((code): never => {
          throw new Error(`The agent has ended with ${code}:\n${log}`);
        });
        return Promise.race([result, gone]);
      },
      /** Ends it in order; returns the exit status. */
      stop(): Promise<number | null> {
        child.kill('SIGTERM');
        return ended;
      },
    };
  }

  async floor(): Promise<string> {
    return JSON.parse(await readFile(this.floorFile, 'utf8')).lastGood;
  }
}

export function eventsOf({ received }: Observer) {
  return received.filter(({ topic }) => topic.endsWith('/events')).map(({ payload }) => parseEvent(payload));
}
