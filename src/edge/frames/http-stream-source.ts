import { compileValidator } from '@oneface/common/schemas/validator';
import { CameraError } from './camera-error.js';
import { type ContinuousSourceDeps, createContinuousSource } from './continuous-source.js';
import type { FrameSource } from './frame-source.js';
import { openHttpCamera } from './http-camera.js';
import { HttpStreamSourceOptions } from './source-options.js';

/** What an HTTP stream source needs from outside. */
export interface HttpStreamSourceDeps extends ContinuousSourceDeps {
  /** Environment variables, for a password that stands in one. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const validate = compileValidator(HttpStreamSourceOptions, 'the camera');

/**
 * Opens a network camera that sends JPEG pictures without end. They are found by their own marks, so it does
 * not matter how the camera writes the headers and boundaries between them. The camera need not answer yet:
 * the source connects at once and, whenever that fails or the stream ends or stalls, again with growing
 * pauses.
 *
 * @throws InputError when an option is wrong, or a file or variable that it names is not there
 */
export async function openHttpStreamSource(
  options: HttpStreamSourceOptions,
  deps: HttpStreamSourceDeps,
): Promise<FrameSource> {
  const { stallSeconds } = validate(options);
  const camera = await openHttpCamera(options, deps.env);
  return createContinuousSource(
    {
      name: camera.name,
      replays: false,
      stallSeconds,
      open: async (onBytes, signal) => {
        const answer = await camera.request(signal);
        try {
          for await (const chunk of answer) onBytes(chunk);
        } catch (cause) {
          signal.throwIfAborted();
          throw new CameraError('no-frame', `${camera.name} broke off`, { cause });
        } finally {
          answer.destroy();
        }
        throw new CameraError('no-frame', `${camera.name} ended its stream`);
      },
    },
    deps,
  );
}
