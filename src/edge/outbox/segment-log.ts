import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.js';
import type { MessageKind } from './outbox.js';
import { encodeBody, frame, type HeadRecord, type SegmentRecord } from './record.js';
import { segmentName, segmentSeed, unfinishedName } from './segment-files.js';

/** A segment file and what is known of it. */
export interface Segment {
  readonly number: number;
  readonly name: string;
  /** Bytes that count. */
  size: number;
  /** Messages in it that are still wanted, and the bytes of their records. */
  live: number;
  liveBytes: number;
  /** Lowest and highest message number in it, wanted or not; 0 without messages. */
  first: number;
  last: number;
}

/** Where a record lies. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  /** Bytes with its frame. */
  readonly length: number;
}

/** What the head of a new segment says. */
export type LogHead = Pick<HeadRecord, 'logId' | 'nextSequence' | 'nextNumber'>;

/** How far a log was written at some moment. */
export interface Mark {
  readonly segment: Segment;
  readonly size: number;
}

export function emptySegment(kind: MessageKind, number: number): Segment {
  return { number, name: segmentName(kind, number), size: 0, live: 0, liveBytes: 0, first: 0, last: 0 };
}

/** Counts a message of a segment. */
export function countMessage(segment: Segment, number: number, length: number): void {
  segment.live += 1;
  segment.liveBytes += length;
  if (segment.first === 0 || number < segment.first) segment.first = number;
  if (number > segment.last) segment.last = number;
}

/** The segment files of one kind of message: the last one grows, the others stay as they are. */
export class SegmentLog {
  readonly kind: MessageKind;
  readonly #disk: Disk;
  readonly #folder: string;
  /** Oldest first; the last one is the growing one while `#file` is there. */
  readonly segments: Segment[];
  #file: DiskFile | undefined;
  #reader: { readonly segment: Segment; readonly file: DiskFile } | undefined;

  /** @param segments those that are there, oldest first; none of them will grow */
  constructor(kind: MessageKind, disk: Disk, folder: string, segments: Segment[]) {
    this.kind = kind;
    this.#disk = disk;
    this.#folder = folder;
    this.segments = segments;
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** The segment that grows. */
  get growing(): Segment | undefined {
    return this.#file && this.segments.at(-1);
  }

  /** The segments that no longer grow, oldest first. */
  get closed(): readonly Segment[] {
    return this.#file ? this.segments.slice(0, -1) : this.segments;
  }

  get mark(): Mark | undefined {
    const segment = this.growing;
    return segment && { segment, size: segment.size };
  }

  /**
   * Starts a new segment, in place of the one that grew. Its head is on disk when this resolves, and so is the
   * end of the one before: whatever was written there and is not counted in its size is void.
   */
  async start(head: LogHead): Promise<void> {
    const before = this.segments.at(-1);
    const segment = emptySegment(this.kind, (before?.number ?? 0) + 1);
    const file = await this.#publish(segment, (seed) => [
      frame(
        encodeBody({
          type: 'head',
          ...head,
          replaces: segment.number,
          compacted: false,
          previousLength: before?.size ?? 0,
        }),
        seed,
      ),
    ]);
    const old = this.#file;
    this.segments.push(segment);
    this.#file = file;
    await old?.close();
  }

  /** Writes records at the end of the growing segment. They are on disk only after `sync`. */
  async append(records: readonly SegmentRecord[]): Promise<Place[]> {
    const segment = this.growing;
    if (segment === undefined || this.#file === undefined) throw new Error('No segment grows');
    const seed = segmentSeed(segment.name);
    const frames = records.map((record) => frame(encodeBody(record), seed));
    await writeAll(this.#file, Buffer.concat(frames), segment.size);
    return frames.map(({ length }) => {
      const place = { segment, offset: segment.size, length };
      segment.size += length;
      return place;
    });
  }

  async sync(): Promise<void> {
    await this.#file?.sync();
  }

  /**
   * Gives up what was written since `mark`, and lets the segment grow no more. The cut is best effort, as the
   * head of the next segment says the same.
   *
   * @returns the error that kept the file from being cut, if any
   */
  async giveUp(mark: Mark | undefined): Promise<unknown> {
    const file = this.#file;
    if (file === undefined) return undefined;
    if (mark !== undefined) mark.segment.size = mark.size;
    const { size } = this.segments[this.segments.length - 1];
    this.#file = undefined;
    try {
      await file.truncate(size);
      await file.sync();
    } catch (error) {
      return error;
    } finally {
      await closeQuietly(file);
    }
    return undefined;
  }

  /** Deletes a closed segment. */
  async remove(segment: Segment): Promise<void> {
    await this.#disk.remove(join(this.#folder, segment.name));
    await this.#forgetReader(segment);
    this.segments.splice(this.segments.indexOf(segment), 1);
  }

  /** Reads a range of a segment. Gives fewer bytes when the file is shorter. */
  async read(segment: Segment, offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const file = await this.#openToRead(segment);
    return bytes.subarray(0, await file.read(bytes, offset));
  }

  /**
   * Puts one segment in the place of several neighbours, in one step that a crash cannot halve.
   *
   * @param replaced closed segments, next to each other, oldest first
   * @param records what is left of them, in order
   * @returns the new segment and the places of the records in it
   */
  async replace(
    replaced: readonly Segment[],
    head: LogHead,
    records: readonly SegmentRecord[],
  ): Promise<Place[]> {
    const segment = emptySegment(this.kind, replaced[replaced.length - 1].number);
    const places: Place[] = [];
    const file = await this.#publish(segment, (seed) => {
      const whole: SegmentRecord[] = [
        { type: 'head', ...head, replaces: replaced[0].number, compacted: true, previousLength: 0 },
        ...records,
      ];
      let offset = 0;
      return whole.map((record) => {
        const framed = frame(encodeBody(record), seed);
        if (record.type !== 'head') places.push({ segment, offset, length: framed.length });
        offset += framed.length;
        return framed;
      });
    });
    await file.close();
    const at = this.segments.indexOf(replaced[0]);
    this.segments.splice(at, replaced.length, segment);
    for (const old of replaced) await this.#forgetReader(old);
    for (const { number, name } of replaced) {
      if (number !== segment.number) await this.#disk.remove(join(this.#folder, name));
    }
    return places;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeQuietly(file);
    if (this.#reader !== undefined) await this.#forgetReader(this.#reader.segment);
  }

  /** Writes a whole file under another name first, so that a segment file always has a sound head. */
  async #publish(segment: Segment, build: (seed: number) => Buffer[]): Promise<DiskFile> {
    const path = join(this.#folder, segment.name);
    const unfinished = join(this.#folder, unfinishedName(segment.name));
    const bytes = Buffer.concat(build(segmentSeed(segment.name)));
    await this.#disk.remove(unfinished);
    const file = await this.#disk.create(unfinished);
    try {
      await writeAll(file, bytes, 0);
      await file.sync();
      await this.#disk.rename(unfinished, path);
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      await closeQuietly(file);
      throw error;
    }
    segment.size = bytes.length;
    return file;
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

async function writeAll(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written === 0) throw new Error('The disk takes no more bytes');
    done += written;
  }
}

/** Closing what was read, or what is given up, has nothing left to lose. */
async function closeQuietly(file: DiskFile): Promise<void> {
  await file.close().catch(() => undefined);
}
