import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import { compileValidator } from '@oneface/common/schemas/validator';
import NodeWebcam from 'node-webcam';
import type { Clock } from '../clock/clock.js';
import { type RunResult, runWithDeadline } from '../processes/run-with-deadline.js';
import type { Frame, FrameSource } from './frame-source.js';
import { PRIVATE_FOLDER_ROOTS, withPrivateFolder } from './private-folder.js';
import { FswebcamSourceOptions } from './source-options.js';

/** What an fswebcam source needs from outside. */
export interface FswebcamSourceDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Folders of which the first that can be written takes the shots; `PRIVATE_FOLDER_ROOTS` if left out. */
  readonly shotFolders?: readonly string[];
}

/** fswebcam expands % signs of its output path by strftime: a fixed name in its working folder has none. */
const SHOT = 'shot.jpg';
/** fswebcam is quiet but for errors. */
const MOST_OUTPUT_BYTES = 64 * 1024;
const LONGEST_REASON = 200;

const validate = compileValidator(FswebcamSourceOptions, 'the camera');

/**
 * Makes a frame source that runs fswebcam once a frame. It never ends by itself.
 *
 * node-webcam knows fswebcam's command line and what its complaints mean. Its own `capture` is not used:
 * that runs the line in a shell and keeps no handle, so a hung program could not be killed, and it reports
 * success for shots that failed. Here the line is split into arguments, run with a deadline, and the
 * picture is judged by its bytes.
 *
 * @throws InputError when an option is wrong
 */
export function createFswebcamSource(options: FswebcamSourceOptions, deps: FswebcamSourceDeps): FrameSource {
  return new FswebcamSource(validate(options), deps);
}

class FswebcamSource implements FrameSource {
  readonly name: string;
  readonly #options: FswebcamSourceOptions;
  readonly #deps: FswebcamSourceDeps;
  #running: { readonly stop: AbortController; readonly shot: Promise<Frame> } | undefined;
  #closed = false;
  #count = 0;

  constructor(options: FswebcamSourceOptions, deps: FswebcamSourceDeps) {
    this.name = `fswebcam ${options.device}`;
    this.#options = options;
    this.#deps = deps;
  }

  async next(signal: AbortSignal): Promise<Frame | undefined> {
    signal.throwIfAborted();
    if (this.#closed) return undefined;
    // AbortSignal.any would leave a trace of every shot in the agent's one long-lived signal.
    const stop = new AbortController();
    const abort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const shot = this.#capture(stop.signal);
    this.#running = { stop, shot };
    try {
      return await shot;
    } catch (error) {
      if (this.#closed) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running === undefined) return;
    this.#running.stop.abort();
    await Promise.allSettled([this.#running.shot]);
  }

  #capture(signal: AbortSignal): Promise<Frame> {
    return withPrivateFolder(this.#deps.shotFolders ?? PRIVATE_FOLDER_ROOTS, async (folder) => {
      const { device, width, height, quality, skip, deadlineSeconds } = this.#options;
      const webcam = NodeWebcam.create(
        { device, width, height, quality, skip, output: 'jpeg', saveShots: false, verbose: false },
        'fswebcam',
      );
      const [program, ...args] = webcam.generateSh(SHOT).split(/\s+/);
      const result = await runWithDeadline(program, args, {
        cwd: folder,
        env: { PATH: process.env.PATH },
        deadlineMs: deadlineSeconds * 1000,
        outputLimit: MOST_OUTPUT_BYTES,
        signal,
      });
      const capturedAt = this.#deps.clock.now();
      const bytes = await readShot(join(folder, SHOT));
      // fswebcam exits with 0 whatever happened.
      if (bytes === undefined || wholePictureFormat(bytes) !== 'jpeg') {
        const cause = webcam.runCaptureValidations(result.stderr) ?? undefined;
        throw new UnavailableError(`fswebcam gave no picture from ${device}: ${reason(result)}`, { cause });
      }
      this.#count += 1;
      return { bytes, capturedAt, name: `${device} #${this.#count}` };
    });
  }
}

async function readShot(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What the program complained of, in one line. */
function reason({ stderr, exitCode, killedBy }: RunResult): string {
  const complaint = stripVTControlCharacters(stderr)
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ');
  if (complaint !== '') return complaint.slice(0, LONGEST_REASON);
  return killedBy === null ? `it said nothing and ended with ${exitCode}` : `it was ended by ${killedBy}`;
}
