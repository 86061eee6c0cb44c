import { join } from 'node:path';
import { errorCode } from '../files/error-code.js';
import type { Disk, DiskFile } from './disk.js';
import type { SegmentFile } from './segment-files.js';

/** What a disk reads at once; a bad spot spoils no more than that. */
const BLOCK_BYTES = 4096;

/** Reads segment files one after the other, all into the same memory. */
export class SegmentReader {
  readonly #disk: Disk;
  readonly #folder: string;
  #memory = Buffer.alloc(0);

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /**
   * Reads the first `length` bytes of a file. Blocks that the disk cannot read are zeros, which are no records.
   *
   * @returns the bytes, until the next read
   * @throws the system's error when none of it can be read
   */
  async read({ name }: SegmentFile, length: number): Promise<Buffer> {
    if (this.#memory.length < length) this.#memory = Buffer.alloc(length);
    const bytes = this.#memory.subarray(0, length);
    const file = await this.#disk.openToRead(join(this.#folder, name));
    try {
      return bytes.subarray(0, await readOrSalvage(file, bytes));
    } finally {
      await file.close();
    }
  }
}

async function readOrSalvage(file: DiskFile, bytes: Buffer): Promise<number> {
  try {
    return await file.read(bytes, 0);
  } catch (error) {
    if (errorCode(error) !== 'EIO' || !(await salvage(file, bytes))) throw error;
    return bytes.length;
  }
}

/** Whether any block could be read. */
async function salvage(file: DiskFile, bytes: Buffer): Promise<boolean> {
  let readable = false;
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = bytes.subarray(start, start + BLOCK_BYTES);
    try {
      block.fill(0, await file.read(block, start));
      readable = true;
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error;
      block.fill(0);
    }
  }
  return readable;
}
