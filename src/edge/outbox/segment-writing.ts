import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Disk, DiskFile } from './disk.js';
import { frame } from './frame.js';
import { encodeBody, type SegmentRecord } from './record.js';
import type { Segment } from './segment.js';
import { segmentSeed, unfinishedName } from './segment-files.js';

/**
 * Writes a segment's file under another name first, so that a segment file always has a sound head. Its bytes
 * are on disk when this resolves, its name only after an fsync of the folder. Sets the segment's size.
 *
 * @param onPlaced called with offset and length of each record
 * @returns the open file
 */
export async function publishSegment(
  disk: Disk,
  folder: string,
  segment: Segment,
  records: readonly SegmentRecord[],
  onPlaced: (offset: number, length: number) => void = () => {},
): Promise<DiskFile> {
  const unfinished = join(folder, unfinishedName(segment.name));
  const seed = segmentSeed(segment.name);
  const frames = records.map((record) => frame(encodeBody(record), seed));
  await disk.remove(unfinished);
  const file = await disk.create(unfinished);
  try {
    await writeAll(file, Buffer.concat(frames), 0);
    await file.sync();
    await disk.rename(unfinished, join(folder, segment.name));
  } catch (error) {
    await closeQuietly(file);
    // Half a file would take room on a full disk. What cannot be removed now is when its name is used again.
    await disk.remove(unfinished).catch(() => undefined);
    throw error;
  }
  for (const { length } of frames) {
    onPlaced(segment.size, length);
    segment.size += length;
  }
  segment.removals = countRemovals(records);
  return file;
}

/** How many records tell of messages that are no longer wanted. */
export function countRemovals(records: readonly SegmentRecord[]): number {
  return records.filter(({ type }) => type === 'settled' || type === 'dropped').length;
}

/** Writes all bytes, in as many calls as the disk needs. */
export async function writeAll(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written === 0) throw new UnavailableError('The disk takes no more bytes');
    done += written;
  }
}

/** What is closed was read, or is on disk by its own fsync, or is given up: an error here loses nothing. */
export async function closeQuietly(file: DiskFile): Promise<void> {
  await file.close().catch(() => undefined);
}
