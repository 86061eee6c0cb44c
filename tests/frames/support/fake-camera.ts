import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileC } from '../../support/compile-c.js';
import { drawRecording } from './pictures.js';
import { until } from './processes.js';
import { standIns } from './stand-ins.js';

/** The real camera programs with another library before them; see fake-camera/camera.h. */
const library = await compileC(
  'fake-camera',
  ['camera.c', 'requests.c', 'calls.c'].map((name) => `frames/fake-camera/${name}`),
  ['-shared', '-fPIC'],
);
const DRAWN = drawnPictures();
const PROGRAMS = ['ffmpeg', 'fswebcam', 'v4l2-ctl'];

/** Where programs find the camera. */
export const DEVICE = '/dev/video42';

export interface FakeCameraOptions {
  /** Its one format. */
  readonly format?: 'MJPG' | 'YUYV';
  /** JPEG pictures one after the other, of 160 by 120; drawn ones if left out. */
  readonly pictures?: Uint8Array;
}

/** A camera at DEVICE, and the programs that see it. It is gone with this process. */
export class FakeCamera {
  /** Where the programs are found first. */
  readonly env: { readonly PATH: string };
  readonly #state: string;

  constructor({ format = 'MJPG', pictures = DRAWN }: FakeCameraOptions = {}) {
    const real = (name: string) =>
      `LD_PRELOAD=${library}\${LD_PRELOAD:+:$LD_PRELOAD} FAKE_CAMERA="\${0%/*}/state" PATH=${process.env.PATH} exec ${name} "$@"`;
    const { folder, env } = standIns(Object.fromEntries(PROGRAMS.map((name) => [name, real(name)])));
    this.env = env;
    this.#state = join(folder, 'state');
    mkdirSync(this.#state);
    this.#write('mode', `${format} 160 120`);
    this.#write('uevent', 'MAJOR=81\nMINOR=42\nDEVNAME=video42\n');
    this.#write('pictures.mjpeg', pictures);
    this.plug();
  }

  plug(): void {
    this.#write('plugged', '');
  }

  /** Whoever streams from it hears of it; others find no device. */
  unplug(): void {
    rmSync(join(this.#state, 'plugged'), { force: true });
  }

  /** It stays there and gives no picture, or none after so many of a program's. */
  stall(after = 0): void {
    this.#write('stalled', `${after}`);
  }

  recover(): void {
    rmSync(join(this.#state, 'stalled'), { force: true });
  }

  /** Waits until a program has the camera's buffers, or had them. */
  async used(): Promise<void> {
    const busy = join(this.#state, 'busy');
    await until(() => existsSync(busy) && statSync(busy).size > 0);
  }

  #write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.#state, name), content);
  }
}

function drawnPictures(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'oneface-test-'));
  try {
    return readFileSync(drawRecording(folder, 6));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
