import { basename } from 'node:path';
import type { Disk, DiskFile } from '@oneface/edge/outbox/disk';

/** Bytes of a file that were written since its last fsync. */
interface DirtyRange {
  readonly start: number;
  readonly end: number;
}

interface Inode {
  /** What programs read. */
  bytes: Buffer;
  /** What the disk itself holds. */
  durable: Buffer;
  dirty: DirtyRange[];
}

type FolderChange = (names: Map<string, Inode>) => void;

/** A call that is about to be made. */
export interface DiskCall {
  readonly name: keyof Disk | keyof DiskFile;
  readonly path: string;
}

/** What goes wrong with a call: an error of the system, fewer bytes written, or the end of the process. */
export type DiskFault = { readonly code: string } | 'short' | 'kill';

export type Chooser = (call: DiskCall) => DiskFault | undefined;

/** What a file's end looks like that was not on disk when the power went. */
export type TornEnd = 'short' | 'zeros' | 'noise';

const UNCHANGING: ReadonlySet<DiskCall['name']> = new Set([
  'makeFolder',
  'list',
  'identify',
  'openToRead',
  'read',
  'close',
]);

/** A folder on a disk that tells what programs see from what would outlive a loss of power. */
export class SimulatedDisk {
  /** Bytes that all files together may have. */
  capacity = Number.POSITIVE_INFINITY;
  readOnly = false;
  /** Bytes of a file that no program can read. */
  badSpot: { readonly name: string; readonly start: number; readonly end: number } | undefined;
  choose: Chooser = () => undefined;
  /** Calls that were made so far. */
  calls = 0;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #changes: FolderChange[] = [];
  #folder = 1;
  #held: Promise<void> | undefined;
  #release: () => void = () => {};
  #process = 0;
  #connected = 0;
  readonly #random: () => number;

  /** @param random draws from [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The disk as a new process sees it. Calls of a process that was ended never come back. */
  connect(): Disk {
    const process = this.#process;
    this.#connected = process;
    const call = <T>(name: DiskCall['name'], path: string, act: () => T) =>
      this.#call(process, name, path, act);
    const open = (path: string, inode: Inode): DiskFile => ({
      write: (bytes, position) => this.#write(process, path, inode, bytes, position),
      read: (into, position) =>
        call('read', path, () => {
          const { name, start, end } = this.badSpot ?? { name: '', start: 0, end: 0 };
          const isHit = name === basename(path) && position < end && position + into.length > start;
          if (isHit) throw systemError('EIO');
          return inode.bytes.copy(into, 0, Math.min(position, inode.bytes.length));
        }),
      truncate: (length) =>
        call('truncate', path, () => {
          inode.bytes = inode.bytes.subarray(0, length);
        }),
      sync: async () => {
        try {
          await call('sync', path, () => persist(inode));
        } catch (error) {
          // As Linux does: the pages count as clean from now on, whether or not they ever come to the disk.
          inode.dirty = [];
          throw error;
        }
      },
      close: () => call('close', path, () => undefined),
    });
    return {
      makeFolder: (path) => call('makeFolder', path, () => undefined),
      list: (path) =>
        call('list', path, () =>
          [...this.#names].map(([name, { bytes }]) => ({ name, isFile: true, size: bytes.length })),
        ),
      identify: (path) => call('identify', path, () => `folder ${this.#folder}`),
      create: (path) =>
        call('create', path, () => {
          if (this.#names.has(basename(path))) throw systemError('EEXIST');
          const inode: Inode = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: [] };
          this.#change((names) => names.set(basename(path), inode));
          return open(path, inode);
        }),
      openToRead: (path) =>
        call('openToRead', path, () => {
          const inode = this.#names.get(basename(path));
          if (inode === undefined) throw systemError('ENOENT');
          return open(path, inode);
        }),
      rename: (from, to) =>
        call('rename', from, () => {
          const inode = this.#names.get(basename(from));
          if (inode === undefined) throw systemError('ENOENT');
          this.#change((names) => {
            names.delete(basename(from));
            names.set(basename(to), inode);
          });
        }),
      remove: (path) => call('remove', path, () => this.#change((names) => names.delete(basename(path)))),
      syncFolder: (path) =>
        call('syncFolder', path, () => {
          this.#durableNames = new Map(this.#names);
          this.#changes = [];
        }),
    };
  }

  /** Puts another, empty disk in the place of this one. */
  swap(): void {
    this.#folder += 1;
    this.#names = new Map();
    this.#durableNames = new Map();
    this.#changes = [];
  }

  /** No call comes back until `letGo`. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  letGo(): void {
    this.#held = undefined;
    this.#release();
  }

  /** Ends the process; what it wrote is there. */
  kill(): void {
    this.#process += 1;
  }

  /** Ends the process and loses some of what was not brought to the disk, in any order. */
  losePower(tornEnd: TornEnd): void {
    this.kill();
    const names = new Map(this.#durableNames);
    for (const change of this.#changes) if (this.#random() < 0.5) change(names);
    for (const inode of new Set(names.values())) this.#tear(inode, tornEnd);
    this.#names = names;
    this.#durableNames = new Map(names);
    this.#changes = [];
  }

  /** Whether a call has ended the process since `connect`. */
  get wasKilled(): boolean {
    return this.#process !== this.#connected;
  }

  get bytes(): number {
    return [...this.#names.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The files and what programs read in them. */
  files(): { name: string; bytes: Buffer }[] {
    return [...this.#names].map(([name, { bytes }]) => ({ name, bytes }));
  }

  /** Puts other bytes into a file, or takes it away. */
  replace(name: string, bytes: Buffer | undefined): void {
    if (bytes === undefined) this.#names.delete(name);
    else this.#names.set(name, { bytes, durable: Buffer.from(bytes), dirty: [] });
    this.#durableNames = new Map(this.#names);
    this.#changes = [];
  }

  async #call<T>(process: number, name: DiskCall['name'], path: string, act: () => T): Promise<T> {
    await this.#held;
    const fault = this.#faultOf(process, name, path);
    if (fault === 'kill') {
      // The call may or may not have been done.
      if (this.#random() < 0.5) act();
      this.kill();
    }
    if (fault === 'kill' || process !== this.#process) return await never();
    if (fault !== undefined && fault !== 'short') throw systemError(fault.code);
    if (this.readOnly && !UNCHANGING.has(name)) throw systemError('EROFS');
    return act();
  }

  #faultOf(pid: number, name: DiskCall['name'], path: string): DiskFault | undefined {
    if (pid !== this.#process) return undefined;
    this.calls += 1;
    return this.choose({ name, path });
  }

  async #write(process: number, path: string, inode: Inode, bytes: Uint8Array, position: number) {
    await this.#held;
    if (process !== this.#process) return await never<number>();
    const fault = this.#faultOf(process, 'write', path);
    const part = Math.floor(this.#random() * bytes.length);
    if (fault === 'kill') {
      put(inode, bytes.subarray(0, part), position);
      this.kill();
      return await never<number>();
    }
    if (this.readOnly) throw systemError('EROFS');
    if (fault !== undefined && fault !== 'short') {
      put(inode, bytes.subarray(0, part), position);
      throw systemError(fault.code);
    }
    const free = this.capacity - this.bytes + Math.max(0, inode.bytes.length - position);
    if (free <= 0) throw systemError('ENOSPC');
    const most = fault === 'short' ? Math.max(1, part) : bytes.length;
    const written = bytes.subarray(0, Math.min(most, free));
    put(inode, written, position);
    return written.length;
  }

  #change(change: FolderChange): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #tear(inode: Inode, tornEnd: TornEnd): void {
    const { durable, bytes } = inode;
    const end =
      durable.length + Math.floor(this.#random() * (Math.max(0, bytes.length - durable.length) + 1));
    const torn = Buffer.alloc(Math.max(end, durable.length));
    durable.copy(torn);
    if (tornEnd === 'short') bytes.copy(torn, durable.length, durable.length, end);
    else if (tornEnd === 'noise') {
      for (let at = durable.length; at < end; at += 1) torn[at] = Math.floor(this.#random() * 256);
    }
    inode.bytes = torn;
    inode.durable = Buffer.from(torn);
    inode.dirty = [];
  }
}

function put(inode: Inode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  const grown = Buffer.alloc(Math.max(inode.bytes.length, end));
  inode.bytes.copy(grown);
  grown.set(bytes, position);
  inode.bytes = grown;
  inode.dirty.push({ start: position, end });
}

/** Brings the length and the bytes that count as dirty to the disk. */
function persist(inode: Inode): void {
  const durable = Buffer.alloc(inode.bytes.length);
  inode.durable.copy(durable);
  for (const { start, end } of inode.dirty)
    inode.bytes.copy(durable, start, start, Math.min(end, durable.length));
  inode.durable = durable;
  inode.dirty = [];
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
