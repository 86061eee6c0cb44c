import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../files/error-code.js';

/** Only the agent's own user may read what it has seen. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** An open file. Every call may fail with the system's error (`code` is 'ENOSPC', 'EIO', ...). */
export interface DiskFile {
  /** Writes some of the bytes at a position, and says how many: it may be fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Fills `into` from a position, and says how many bytes there were: fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Brings the file's bytes and length to the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file of a folder. */
export interface DiskEntry {
  readonly name: string;
  /** False for folders, links and whatever else is no plain file. */
  readonly isFile: boolean;
  /** Bytes. */
  readonly size: number;
}

/** The few calls to the file system that the outbox makes; a test can make each of them fail. */
export interface Disk {
  /** Makes a folder and those above it that are missing, for this user only. An existing one is fine. */
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<DiskEntry[]>;
  /** Names the folder that a path leads to now: another one (a disk taken out, say) has another name. */
  identify(folder: string): Promise<string>;
  /** Makes a new file for this user only, to read and write. An existing one is an error. */
  create(path: string): Promise<DiskFile>;
  openToRead(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Brings what was created, renamed and removed in a folder to the disk itself. */
  syncFolder(folder: string): Promise<void>;
}

/** The machine's own file system. */
export const systemDisk: Disk = {
  makeFolder,
  async list(folder) {
    const names = await readdir(folder);
    return await Promise.all(
      names.map(async (name) => {
        const stats = await lstat(join(folder, name));
        return { name, isFile: stats.isFile(), size: stats.size };
      }),
    );
  },
  async identify(folder) {
    const { dev, ino } = await lstat(folder, { bigint: true });
    return `${dev}:${ino}`;
  },
  create: async (path) => toDiskFile(await open(path, 'wx+', PRIVATE_FILE)),
  openToRead: async (path) => toDiskFile(await open(path, 'r')),
  rename,
  remove: (path) => rm(path, { force: true }),
  async syncFolder(folder) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Node's own recursive `mkdir` never comes back from some paths that cannot be made, such as under /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, PRIVATE_FOLDER);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, PRIVATE_FOLDER);
  }
}

function toDiskFile(handle: FileHandle): DiskFile {
  return {
    async write(bytes, position) {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, position);
      return bytesWritten;
    },
    async read(into, position) {
      let total = 0;
      while (total < into.length) {
        const { bytesRead } = await handle.read(into, total, into.length - total, position + total);
        if (bytesRead === 0) break;
        total += bytesRead;
      }
      return total;
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
