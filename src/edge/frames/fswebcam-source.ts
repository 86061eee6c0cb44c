import { compileValidator } from '@oneface/common/schemas/validator';
import { resolveDevice } from './camera-device.js';
import type { FrameSource } from './frame-source.js';
import { createOneShotSource } from './one-shot-source.js';
import { captureShot, SHOT_FILE, type ShotProgramDeps } from './shot-program.js';
import { FswebcamSourceOptions } from './source-options.js';
import { isReplay } from './stream-programs.js';

const validate = compileValidator(FswebcamSourceOptions, 'the camera');

/**
 * Makes a frame source that runs fswebcam once a frame. It never ends by itself.
 *
 * @throws InputError when an option is wrong
 */
export function createFswebcamSource(options: FswebcamSourceOptions, deps: ShotProgramDeps): FrameSource {
  const { device, deadlineSeconds } = validate(options);
  const shot = { name: 'fswebcam', program: 'fswebcam', device, deadlineSeconds };
  return createOneShotSource(
    {
      name: `fswebcam ${device}`,
      replays: isReplay(device),
      capture: async (signal) => {
        const found = await resolveDevice(device, deps.root ?? '/');
        return captureShot({ ...shot, args: fswebcamArguments(options, found) }, deps, signal);
      },
    },
    deps,
  );
}

function fswebcamArguments(
  { width, height, skip, quality }: FswebcamSourceOptions,
  device: string,
): readonly string[] {
  const picture = ['--resolution', `${width}x${height}`, '--jpeg', `${quality}`, '--skip', `${skip}`];
  return ['--quiet', '--no-banner', '--device', device, ...picture, SHOT_FILE];
}
