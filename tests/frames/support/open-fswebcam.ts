import { createFswebcamSource } from '@oneface/edge/frames/fswebcam-source';
import type { FswebcamSourceOptions } from '@oneface/edge/frames/source-options';
import { noSleep, sourceDeps } from './source-deps.js';

const OPTIONS: FswebcamSourceOptions = {
  kind: 'fswebcam',
  device: 'TEST:',
  width: 64,
  height: 48,
  skip: 0,
  quality: 90,
  deadlineSeconds: 60,
};

/** Opens fswebcam; without other options on its colour bars, with pauses that take no time. */
export function openFswebcam(
  options: Partial<FswebcamSourceOptions> = {},
  deps: Parameters<typeof sourceDeps>[0] = {},
) {
  return createFswebcamSource({ ...OPTIONS, ...options }, sourceDeps({ sleep: noSleep().sleep, ...deps }));
}
