import { fileURLToPath } from 'node:url';
import { compileValidator } from '@oneface/common/schemas/validator';
import { resolveDevice } from './camera-device.js';
import type { FrameSource } from './frame-source.js';
import { nodeWebcamOptions } from './node-webcam-options.js';
import { createOneShotSource } from './one-shot-source.js';
import { captureShot, type ShotProgramDeps } from './shot-program.js';
import { NodeWebcamSourceOptions } from './source-options.js';
import { isReplay } from './stream-programs.js';

const PROGRAM = fileURLToPath(new URL('./node-webcam-shot.js', import.meta.url));

const validate = compileValidator(NodeWebcamSourceOptions, 'the camera');

/**
 * Makes a frame source that takes each frame with node-webcam, in a small process of its own: node-webcam has
 * no time limit, hands its options to a shell and calls a failed capture a success. Here the options are an
 * allow-list, the process has a deadline and dies with all that it started, and the picture is judged by its
 * bytes. It never ends by itself.
 *
 * Each frame costs the start of a Node process; the fswebcam source does the same without it.
 *
 * @throws InputError when an option is wrong
 */
export function createNodeWebcamSource(options: NodeWebcamSourceOptions, deps: ShotProgramDeps): FrameSource {
  const { device, deadlineSeconds } = validate(options);
  const shot = { name: 'node-webcam', program: process.execPath, device, deadlineSeconds, leash: true };
  return createOneShotSource(
    {
      name: `node-webcam ${device}`,
      replays: isReplay(device),
      capture: async (signal) => {
        const found = await resolveDevice(device, deps.root ?? '/');
        const args = [PROGRAM, JSON.stringify(nodeWebcamOptions(options, found))];
        return captureShot({ ...shot, args }, deps, signal);
      },
    },
    deps,
  );
}
