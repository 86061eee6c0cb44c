import { blankRaster, type Color, type Raster } from '@oneface/common/images/raster';
import { type CameraWatchOptions, createCameraWatch } from '@oneface/edge/frames/camera-watch';
import { keptLog } from './source-deps.js';

/** A camera watch whose clock the test moves. */
export function watched(options: Partial<CameraWatchOptions> = {}) {
  const clock = { now: 0, monotonic: () => clock.now };
  const { lines, log } = keptLog();
  const watch = createCameraWatch({ clock, log, ...options });
  const after = (milliseconds: number) => {
    clock.now += milliseconds;
  };
  return { watch, after, clock, lines };
}

let drawn = 0;

/** Bytes that are like no others, or those of a number. */
export function bytes(name?: number): Uint8Array {
  drawn += 1;
  return new Uint8Array(Uint32Array.of(name ?? drawn, name === undefined ? 1 : 0).buffer);
}

/** A scene with edges, and noise that no other picture has. */
export function live(width = 128, height = 96): Raster {
  drawn += 1;
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const cell = Math.floor(((Math.floor(at / 3) % width) * 8) / width);
    data[at] = 40 + 25 * cell + noise(at + drawn * 7919, 4);
  }
  return { width, height, data };
}

/** The scene in more or less light. */
export function scaled(gain: number): Raster {
  const { width, height, data } = live();
  return { width, height, data: data.map((value) => Math.min(255, value * gain)) };
}

/** One colour with noise of that strength. */
export function flat(color: Color, strength: number): Raster {
  drawn += 1;
  const { width, height, data } = blankRaster(128, 96, color);
  return {
    width,
    height,
    data: data.map((value, at) => Math.max(0, value + noise(at + drawn * 7919, strength))),
  };
}

/** Stripes of two colours. */
export function edges(one: Color, other: Color): Raster {
  const { width, height, data } = blankRaster(128, 96, one);
  for (let pixel = 0; pixel < width * height; pixel++) if (pixel % 32 < 8) data.set(other, pixel * 3);
  return { width, height, data };
}

/** From -strength to strength, the same for the same number. */
function noise(index: number, strength: number): number {
  const hashed = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d) >>> 0;
  return Math.round(((hashed / 0xffffffff) * 2 - 1) * strength);
}
