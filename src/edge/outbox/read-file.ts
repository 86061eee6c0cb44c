import { join } from 'node:path';
import { type Disk, type DiskFile, errorCode } from './disk.js';
import type { SegmentFile } from './segment-files.js';

/** What a disk reads at once; a bad spot spoils no more than that. */
const BLOCK_BYTES = 4096;

/**
 * Reads the first `length` bytes of a segment file. Blocks that the disk cannot read are zeros, which are no
 * records.
 *
 * @throws the system's error when none of it can be read
 */
export async function readFile(
  { name }: SegmentFile,
  length: number,
  disk: Disk,
  folder: string,
): Promise<Buffer> {
  const file = await disk.openToRead(join(folder, name));
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, await readOrSalvage(file, bytes));
  } finally {
    await file.close();
  }
}

async function readOrSalvage(file: DiskFile, bytes: Buffer): Promise<number> {
  try {
    return await file.read(bytes, 0);
  } catch (error) {
    if (errorCode(error) !== 'EIO') throw error;
    if (!(await salvage(file, bytes))) throw error;
    return bytes.length;
  }
}

/** Whether any block could be read. */
async function salvage(file: DiskFile, bytes: Buffer): Promise<boolean> {
  let readable = false;
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = bytes.subarray(start, start + BLOCK_BYTES);
    try {
      await file.read(block, start);
      readable = true;
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error;
      block.fill(0);
    }
  }
  return readable;
}
