import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expected, type OnefaceError } from '@oneface/common/errors/errors';
import { MOST_FRAME_BYTES, wholePictureFormat } from '@oneface/common/images/picture-bytes';
import type { Clock } from '../clock/clock.js';
import type { Frame, FrameSource } from './frame-source.js';
import type { FolderSourceOptions } from './source-options.js';

/** What a folder source needs from outside. */
export interface FolderSourceDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Told once about each file that is no whole JPEG or PNG and is passed over. */
  readonly onSkipped: (reason: OnefaceError) => void;
}

/**
 * Opens a folder of pictures, or a single one, as a frame source. Files are taken in natural order
 * ("2.jpg" before "10.jpg"), hidden ones and subfolders are left out, and each is judged by its bytes.
 *
 * @throws InputError when the path cannot be read or names a folder without files
 */
export async function openFolderSource(
  options: FolderSourceOptions,
  deps: FolderSourceDeps,
): Promise<FrameSource> {
  return new FolderSource(options, await listFiles(options.path), deps);
}

class FolderSource implements FrameSource {
  readonly name: string;
  readonly replays = true;
  /** It waits for its reader and starts nothing. */
  readonly counts = { dropped: 0, restarts: 0 };
  readonly #repeat: boolean;
  readonly #deps: FolderSourceDeps;
  #files: string[];
  #next = 0;

  constructor(options: FolderSourceOptions, files: string[], deps: FolderSourceDeps) {
    this.name = options.path;
    this.#repeat = options.repeat;
    this.#files = files;
    this.#deps = deps;
  }

  async next(signal: AbortSignal): Promise<Frame | undefined> {
    signal.throwIfAborted();
    while (this.#hasNext()) {
      const file = this.#files[this.#next];
      const picture = await readPicture(file, signal);
      if (picture instanceof Uint8Array) {
        this.#next += 1;
        return { bytes: picture, capturedAt: this.#deps.clock.now(), name: basename(file) };
      }
      // Out of the list for good: a file is reported once, and a folder of bad files cannot repeat for ever.
      this.#files.splice(this.#next, 1);
      this.#deps.onSkipped(picture);
      if (this.#files.length === 0) throw expected('a JPEG or PNG picture', this.name, 'none that is whole');
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#files = [];
  }

  #hasNext(): boolean {
    if (this.#repeat && this.#next >= this.#files.length) this.#next = 0;
    return this.#next < this.#files.length;
  }
}

async function listFiles(path: string): Promise<string[]> {
  if (!(await statOf(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw expected('a folder that can be read', path, cause, { cause });
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  if (names.length === 0) throw expected('a folder with pictures', path, 'an empty one');
  return names.map((name) => join(path, name));
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    throw expected('a picture or a folder of pictures', path, cause, { cause });
  }
}

/** The picture's bytes, or what is wrong with the file. */
async function readPicture(file: string, signal: AbortSignal): Promise<Uint8Array | OnefaceError> {
  try {
    const stats = await stat(file);
    // Opening a pipe would wait for its writer.
    if (!stats.isFile()) return expected('a picture', file, 'something that is no regular file');
    if (stats.size > MOST_FRAME_BYTES) {
      return expected(`at most ${MOST_FRAME_BYTES} bytes`, file, `${stats.size} bytes`);
    }
    const bytes = await readFile(file, { signal });
    if (wholePictureFormat(bytes) !== undefined) return bytes;
    return expected('a whole JPEG or PNG picture', file, bytes);
  } catch (cause) {
    signal.throwIfAborted();
    return expected('a picture that can be read', file, cause, { cause });
  }
}
