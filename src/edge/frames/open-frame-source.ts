import { type FolderSourceDeps, openFolderSource } from './folder-source.js';
import type { FrameSource } from './frame-source.js';
import { createFswebcamSource } from './fswebcam-source.js';
import { openHttpSnapshotSource } from './http-snapshot-source.js';
import { openHttpStreamSource } from './http-stream-source.js';
import { createNodeWebcamSource } from './node-webcam-source.js';
import { removeLeftShots, type ShotProgramDeps } from './shot-program.js';
import type { FrameSourceOptions } from './source-options.js';
import { createStreamSource, type StreamSourceDeps } from './stream-source.js';

/** What the frame sources need from outside. */
export type FrameSourceDeps = FolderSourceDeps & ShotProgramDeps & StreamSourceDeps;

/**
 * Opens the frame source that the configuration names. Who opens it closes it.
 *
 * @throws InputError when an option is wrong, or a folder or file cannot be read or holds nothing
 */
export async function openFrameSource(
  options: FrameSourceOptions,
  deps: FrameSourceDeps,
): Promise<FrameSource> {
  switch (options.kind) {
    case 'folder':
      return openFolderSource(options, deps);
    case 'fswebcam':
      await removeLeftShots(deps);
      return createFswebcamSource(options, deps);
    case 'node-webcam':
      await removeLeftShots(deps);
      return createNodeWebcamSource(options, deps);
    case 'stream':
      return createStreamSource(options, deps);
    case 'http-snapshot':
      return openHttpSnapshotSource(options, deps);
    case 'http-stream':
      return openHttpStreamSource(options, deps);
  }
}
