import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Disk, DiskFile } from './disk.js';
import { frame } from './frame.js';
import type { MessageKind } from './outbox.js';
import { encodeBody, type HeadRecord, type SegmentRecord } from './record.js';
import { emptySegment, type Place, type Segment } from './segment.js';
import { segmentSeed } from './segment-files.js';
import { closeQuietly, countRemovals, publishSegment, writeAll } from './segment-writing.js';

/** What the head of a new segment says. */
export type LogHead = Pick<HeadRecord, 'logId' | 'nextSequence' | 'nextNumber'>;

/** The segment files of one kind of message: the last one may grow, the others stay as they are. */
export class SegmentLog {
  readonly kind: MessageKind;
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #segments: Segment[];
  readonly #litter: string[];
  #highest: number;
  #file: DiskFile | undefined;
  #reader: { readonly segment: Segment; readonly file: DiskFile } | undefined;

  /**
   * @param segments those that are there, oldest first; none of them will grow
   * @param litter names of files that hold nothing that counts
   * @param highest the highest number of a file, whether or not it is a segment
   */
  constructor(
    kind: MessageKind,
    disk: Disk,
    folder: string,
    segments: readonly Segment[],
    litter: readonly string[],
    highest: number,
  ) {
    this.kind = kind;
    this.#disk = disk;
    this.#folder = folder;
    this.#segments = [...segments];
    this.#litter = [...litter];
    this.#highest = highest;
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** All segments, oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The segment that grows, if any does. */
  get growing(): Segment | undefined {
    return this.#file && this.#segments.at(-1);
  }

  /** The segments that no longer grow, oldest first. */
  get closed(): readonly Segment[] {
    return this.#file ? this.#segments.slice(0, -1) : this.#segments;
  }

  /**
   * Starts a new segment, in place of the one that grew. Its head is on disk when this resolves; it voids
   * whatever was written to the segment before and does not count in its size.
   */
  async start(head: LogHead): Promise<void> {
    const before = this.#segments.at(-1);
    const segment = emptySegment(this.kind, this.#highest + 1);
    const file = await publishSegment(this.#disk, this.#folder, segment, [
      {
        type: 'head',
        ...head,
        replaces: segment.number,
        compacted: false,
        previous: before?.number ?? 0,
        previousLength: before?.size ?? 0,
      },
    ]);
    try {
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      // The next try puts its own segment in the place of this one, which holds nothing yet.
      await closeQuietly(file);
      throw error;
    }
    await this.seal();
    this.#segments.push(segment);
    this.#highest = segment.number;
    this.#file = file;
  }

  /** Writes records at the end of the growing segment. They are on disk only after `sync`. */
  async append(records: readonly SegmentRecord[]): Promise<Place[]> {
    const segment = this.growing;
    if (segment === undefined || this.#file === undefined) throw new UnavailableError('No segment is open');
    const seed = segmentSeed(segment.name);
    const frames = records.map((record) => frame(encodeBody(record), seed));
    await writeAll(this.#file, Buffer.concat(frames), segment.size);
    segment.removals += countRemovals(records);
    return frames.map(({ length }) => {
      const place = { segment, offset: segment.size, length };
      segment.size += length;
      return place;
    });
  }

  /** Brings what was appended to the disk. */
  async sync(): Promise<void> {
    await this.#file?.sync();
  }

  /** No segment grows until the next start. */
  async seal(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeQuietly(file);
  }

  /**
   * Seals the growing segment and gives up what lies beyond its first `size` bytes. The file is cut so that a
   * new process does not find them; when that fails, the head of the next segment still voids them.
   */
  async giveUp(size: number): Promise<void> {
    const segment = this.growing;
    const file = this.#file;
    if (segment === undefined || file === undefined) return;
    this.#file = undefined;
    segment.size = size;
    segment.voidEnd = true;
    try {
      await file.truncate(size);
      await file.sync();
      segment.voidEnd = false;
    } finally {
      await closeQuietly(file);
    }
  }

  /** Deletes the files of segments that another one has replaced. */
  async removeLitter(): Promise<void> {
    if (this.#litter.length === 0) return;
    await this.#disk.syncFolder(this.#folder);
    for (let name = this.#litter.at(-1); name !== undefined; name = this.#litter.at(-1)) {
      await this.#disk.remove(join(this.#folder, name));
      this.#litter.pop();
    }
  }

  /** Deletes a closed segment. */
  async remove(segment: Segment): Promise<void> {
    await this.#forgetReader(segment);
    await this.#disk.remove(join(this.#folder, segment.name));
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Reads a range of a segment. Gives fewer bytes when the file is shorter. */
  async read(segment: Segment, offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    try {
      const file = await this.#openToRead(segment);
      return bytes.subarray(0, await file.read(bytes, offset));
    } catch (error) {
      await this.#forgetReader(segment);
      throw error;
    }
  }

  /**
   * Puts one segment in the place of several neighbours, in one step that a crash cannot halve. Their files
   * stay as they are: should the step fail, or be done late, what lies in them is still where it was.
   *
   * @param replaced closed segments, next to each other, oldest first
   * @param records what is left of them, in order
   * @returns the places of the records in the new segment; the files replaced are litter
   */
  async replace(
    replaced: readonly Segment[],
    head: LogHead,
    records: readonly SegmentRecord[],
  ): Promise<Place[]> {
    const last = replaced[replaced.length - 1];
    const segment = emptySegment(this.kind, last.number, last.generation + 1);
    for (const old of replaced) await this.#forgetReader(old);
    const places: Place[] = [];
    const file = await publishSegment(
      this.#disk,
      this.#folder,
      segment,
      [
        {
          type: 'head',
          ...head,
          replaces: replaced[0].number,
          compacted: true,
          previous: 0,
          previousLength: 0,
        },
        ...records,
      ],
      (offset, length) => places.push({ segment, offset, length }),
    );
    this.#segments.splice(this.#segments.indexOf(replaced[0]), replaced.length, segment);
    this.#litter.push(...replaced.map(({ name }) => name));
    await closeQuietly(file);
    return places.slice(1);
  }

  async close(): Promise<void> {
    await this.seal();
    if (this.#reader !== undefined) await this.#forgetReader(this.#reader.segment);
  }

  async #openToRead(segment: Segment): Promise<DiskFile> {
    if (segment === this.growing && this.#file !== undefined) return this.#file;
    if (this.#reader?.segment === segment) return this.#reader.file;
    if (this.#reader !== undefined) await this.#forgetReader(this.#reader.segment);
    const file = await this.#disk.openToRead(join(this.#folder, segment.name));
    this.#reader = { segment, file };
    return file;
  }

  async #forgetReader(segment: Segment): Promise<void> {
    if (this.#reader?.segment !== segment) return;
    const { file } = this.#reader;
    this.#reader = undefined;
    await closeQuietly(file);
  }
}
