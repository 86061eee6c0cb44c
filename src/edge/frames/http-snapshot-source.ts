import type { IncomingMessage } from 'node:http';
import { MOST_FRAME_BYTES, wholePictureFormat } from '@oneface/common/images/picture-bytes';
import { compileValidator } from '@oneface/common/schemas/validator';
import type { Clock } from '../clock/clock.js';
import { CameraError } from './camera-error.js';
import type { FrameSource } from './frame-source.js';
import { type HttpCamera, openHttpCamera } from './http-camera.js';
import { createOneShotSource, type OneShotSourceDeps } from './one-shot-source.js';
import { HttpSnapshotSourceOptions } from './source-options.js';

/** What a snapshot source needs from outside. */
export interface HttpSnapshotSourceDeps extends OneShotSourceDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Environment variables, for a password that stands in one. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const validate = compileValidator(HttpSnapshotSourceOptions, 'the camera');

/**
 * Opens a network camera that gives one picture per request. The camera need not answer yet. The source never
 * ends by itself.
 *
 * @throws InputError when an option is wrong, or a file or variable that it names is not there
 */
export async function openHttpSnapshotSource(
  options: HttpSnapshotSourceOptions,
  deps: HttpSnapshotSourceDeps,
): Promise<FrameSource> {
  const { deadlineSeconds } = validate(options);
  const camera = await openHttpCamera(options, deps.env);
  return createOneShotSource(
    {
      name: camera.name,
      replays: false,
      capture: (signal) =>
        withDeadline(camera.name, deadlineSeconds, signal, async (stop) => {
          const bytes = await readPicture(camera, stop);
          return { bytes, capturedAt: deps.clock.now() };
        }),
    },
    deps,
  );
}

async function withDeadline<T>(
  name: string,
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const late = new CameraError('no-frame', `${name} gave no picture within ${seconds} s`);
  const timer = setTimeout(() => stop.abort(late), seconds * 1000);
  try {
    signal.throwIfAborted();
    return await work(stop.signal);
  } catch (error) {
    // Whatever broke because of it: the reason is what counts.
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function readPicture(camera: HttpCamera, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await camera.request(signal);
  try {
    const bytes = await readBody(answer, camera.name);
    if (wholePictureFormat(bytes) !== undefined) return bytes;
    const type = answer.headers['content-type'] ?? 'no type';
    throw new CameraError(
      'no-frame',
      `${camera.name} gave no whole picture but ${bytes.length} bytes (${type})`,
    );
  } finally {
    answer.destroy();
  }
}

async function readBody(answer: IncomingMessage, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += chunk.length;
      if (size > MOST_FRAME_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new CameraError('no-frame', `${name} broke off in the middle of a picture`, { cause });
  }
  if (size <= MOST_FRAME_BYTES) return Buffer.concat(chunks);
  throw new CameraError('no-frame', `${name} sent more than ${MOST_FRAME_BYTES} bytes for one picture`);
}
