import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { complaintOf } from '../processes/complaint.js';
import { runWithDeadline } from '../processes/run-with-deadline.js';
import { rawSensorHint } from './camera-device.js';
import { CameraError, troubleOf } from './camera-error.js';
import type { Frame } from './frame-source.js';
import type { OneShotSourceDeps } from './one-shot-source.js';
import { PRIVATE_FOLDER_ROOTS, withPrivateFolder } from './private-folder.js';
import { removeStaleFolders } from './stale-folders.js';

/** What a source that runs a program for each picture needs from outside. */
export interface ShotProgramDeps extends OneShotSourceDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'warn'>;
  /** The folders of its PATH are searched for the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folders of which the first that can be written takes the shots; `PRIVATE_FOLDER_ROOTS` if left out. */
  readonly shotFolders?: readonly string[];
  /** Where /dev and /sys lie; "/" if left out. */
  readonly root?: string;
}

/** A program that writes one picture to a file of its working folder. */
export interface ShotProgram {
  /** What to call it in errors. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The camera as configured. */
  readonly device: string;
  readonly deadlineSeconds: number;
  /** See `RunOptions`. */
  readonly leash?: boolean;
}

/** fswebcam expands % signs of its output path by strftime: a fixed name in its working folder has none. */
export const SHOT_FILE = 'shot.jpg';
/** Such programs are quiet but for errors. */
const MOST_OUTPUT_BYTES = 64 * 1024;

/** Removes what earlier runs left that were killed in the middle of a shot. */
export async function removeLeftShots({ log, shotFolders }: ShotProgramDeps): Promise<void> {
  await removeStaleFolders(shotFolders ?? PRIVATE_FOLDER_ROOTS, (error) =>
    log.warn('a left folder cannot be removed', { error }),
  );
}

/**
 * Runs a program that takes one picture, in a folder of its own in memory. The picture is judged by its
 * bytes, as camera programs report success whatever happened.
 *
 * @throws CameraError when there is no whole JPEG
 * @throws ProgramError when the program is missing, hangs or writes without end
 * @throws the signal's reason when the signal is aborted
 */
export function captureShot(
  shot: ShotProgram,
  deps: ShotProgramDeps,
  signal: AbortSignal,
): Promise<Omit<Frame, 'name'>> {
  return withPrivateFolder(deps.shotFolders ?? PRIVATE_FOLDER_ROOTS, async (folder) => {
    const result = await runWithDeadline(shot.program, shot.args, {
      cwd: folder,
      env: { PATH: deps.env.PATH },
      deadlineMs: shot.deadlineSeconds * 1000,
      outputLimit: MOST_OUTPUT_BYTES,
      leash: shot.leash,
      signal,
    });
    const capturedAt = deps.clock.now();
    const bytes = await readShot(join(folder, SHOT_FILE), shot.name);
    if (bytes !== undefined && wholePictureFormat(bytes) === 'jpeg') return { bytes, capturedAt };
    const complaint = complaintOf(result);
    const hint = await rawSensorHint(shot.device, deps.root ?? '/');
    const reasons = [complaint, hint].filter((reason) => reason !== undefined).join('; ');
    throw new CameraError(
      troubleOf(complaint),
      `${shot.name} gave no picture from ${shot.device}: ${reasons}`,
    );
  });
}

async function readShot(file: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new CameraError('no-frame', `The picture of ${name} cannot be read`, { cause });
  }
}
