import { UnavailableError } from '@oneface/common/errors/errors';
import type { Sleep } from '../clock/sleep.js';
import type { Disk, DiskFile } from './disk.js';

/** A call that the system is at. */
interface Call {
  readonly name: string;
  readonly fail: (error: Error) => void;
}

type Run = <T>(name: string, call: () => Promise<T>, late?: (result: T) => void) => Promise<T>;

/**
 * A disk whose calls fail when the system does not come back from them, and fail at once while it is still at
 * such a call: a card that hangs looks like one that is broken, and nothing is done behind its back.
 *
 * @param deadline milliseconds after which a call fails; it may be up to twice that
 * @param end aborted when no more calls come
 */
export function guardDisk(disk: Disk, sleep: Sleep, deadline: number, end: AbortSignal): Disk {
  const run = createRun(sleep, deadline, end);
  const open = async (name: string, call: () => Promise<DiskFile>) =>
    guardFile(await run(name, call, (file) => void file.close()), run);
  return {
    makeFolder: (path) => run('making a folder', () => disk.makeFolder(path)),
    list: (folder) => run('listing a folder', () => disk.list(folder)),
    identify: (folder) => run('looking at a folder', () => disk.identify(folder)),
    create: (path) => open('making a file', () => disk.create(path)),
    openToRead: (path) => open('opening a file', () => disk.openToRead(path)),
    rename: (from, to) => run('renaming a file', () => disk.rename(from, to)),
    remove: (path) => run('removing a file', () => disk.remove(path)),
    syncFolder: (folder) => run('bringing a folder to the disk', () => disk.syncFolder(folder)),
  };
}

function guardFile(file: DiskFile, run: Run): DiskFile {
  return {
    write: (bytes, position) => run('writing', () => file.write(bytes, position)),
    read: (into, position) => run('reading', () => file.read(into, position)),
    truncate: (length) => run('cutting a file', () => file.truncate(length)),
    sync: () => run('bringing a file to the disk', () => file.sync()),
    close: () => run('closing a file', () => file.close()),
  };
}

function createRun(sleep: Sleep, deadline: number, end: AbortSignal): Run {
  let current: Call | undefined;
  let hanging: string | undefined;
  let isWatching = false;

  /** One timer for many calls: most take far less time than it would cost to set one for each. */
  async function watch(): Promise<void> {
    for (let seen = current; seen !== undefined && !end.aborted; seen = current) {
      await sleep(deadline, end);
      if (current !== seen || end.aborted) continue;
      hanging = seen.name;
      seen.fail(new UnavailableError(`The disk hangs, ${seen.name} for more than ${deadline} ms`));
      break;
    }
    isWatching = false;
  }

  return async (name, call, late = () => {}) => {
    if (hanging !== undefined) throw new UnavailableError(`The disk still hangs, ${hanging}`);
    const called = call();
    const failed = new Promise<never>((_, reject) => {
      current = { name, fail: reject };
    });
    const mine = current;
    if (!isWatching) {
      isWatching = true;
      void watch();
    }
    try {
      return await Promise.race([called, failed]);
    } catch (error) {
      if (hanging !== undefined) {
        const over = () => {
          hanging = undefined;
        };
        called.then(late).then(over, over);
      }
      throw error;
    } finally {
      if (current === mine) current = undefined;
    }
  };
}
