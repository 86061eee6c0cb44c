import { UnavailableError } from '@oneface/common/errors/errors';
import type { Sleep } from '../clock/sleep.js';
import type { Disk, DiskFile } from './disk.js';

type Run = <T>(what: string, call: () => Promise<T>, late?: (result: T) => void) => Promise<T>;

/**
 * A disk whose calls fail once they have taken `deadline` milliseconds, and fail at once while the system is
 * still at such a call: a card that hangs looks like one that is broken, and no two calls ever overlap.
 */
export function guardDisk(disk: Disk, sleep: Sleep, deadline: number): Disk {
  const run = createRun(sleep, deadline);
  const open = async (what: string, call: () => Promise<DiskFile>) =>
    guardFile(await run(what, call, (file) => void file.close()), run);
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

function createRun(sleep: Sleep, deadline: number): Run {
  let busyWith: string | undefined;
  return async (what, call, late = () => {}) => {
    if (busyWith !== undefined) throw new UnavailableError(`The disk hangs, still ${busyWith}`);
    const done = new AbortController();
    const called = call();
    const tooLate = sleep(deadline, done.signal).then(() => {
      if (done.signal.aborted) return;
      busyWith = what;
      const over = () => {
        busyWith = undefined;
      };
      called.then(late).then(over, over);
      throw new UnavailableError(`The disk hangs: ${what} took more than ${deadline} ms`);
    });
    try {
      await Promise.race([called, tooLate]);
      return await called;
    } finally {
      done.abort();
    }
  };
}
