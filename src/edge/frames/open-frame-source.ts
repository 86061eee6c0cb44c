import { type FolderSourceDeps, openFolderSource } from './folder-source.js';
import type { FrameSource } from './frame-source.js';
import { createFswebcamSource, type FswebcamSourceDeps } from './fswebcam-source.js';
import type { FrameSourceOptions } from './source-options.js';

/** What the frame sources need from outside. */
export type FrameSourceDeps = FolderSourceDeps & FswebcamSourceDeps;

/**
 * Opens the frame source that the configuration names. Who opens it closes it.
 *
 * @throws InputError when an option is wrong, or the folder or file cannot be read or holds nothing
 */
export async function openFrameSource(
  options: FrameSourceOptions,
  deps: FrameSourceDeps,
): Promise<FrameSource> {
  switch (options.kind) {
    case 'folder':
      return openFolderSource(options, deps);
    case 'fswebcam':
      return createFswebcamSource(options, deps);
  }
}
