import type { MessageKind } from './outbox.js';
import { segmentName } from './segment-files.js';

/** A segment file and what is known of it. */
export interface Segment {
  readonly number: number;
  /** How often what the number stands for was put together anew. */
  readonly generation: number;
  readonly name: string;
  /** Bytes that count. */
  size: number;
  /** Whether the file may go on behind them. The head of the next segment says that this does not count. */
  voidEnd: boolean;
  /** Messages in it that are still wanted, and the bytes of their records. */
  live: number;
  liveBytes: number;
  /** Lowest and highest message number in it, wanted or not; 0 without messages. */
  first: number;
  last: number;
  /** Records in it that tell of settled and dropped messages, here or in segments before. */
  removals: number;
  /** Whether the disk failed to read some of it. */
  spoilt: boolean;
}

/** Where a record lies. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  /** Bytes with its frame. */
  readonly length: number;
}

export function emptySegment(kind: MessageKind, number: number, generation = 0): Segment {
  return {
    number,
    generation,
    name: segmentName(kind, number, generation),
    size: 0,
    voidEnd: false,
    live: 0,
    liveBytes: 0,
    first: 0,
    last: 0,
    removals: 0,
    spoilt: false,
  };
}

/** Takes note that a message lies in a segment, wanted or not. */
export function coverMessage(segment: Segment, number: number): void {
  if (segment.first === 0 || number < segment.first) segment.first = number;
  if (number > segment.last) segment.last = number;
}

/** Counts a message that is wanted, at its place. */
export function countMessage({ segment, length }: Place, number: number): void {
  coverMessage(segment, number);
  segment.live += 1;
  segment.liveBytes += length;
}

/** Counts a message out that is no longer wanted. */
export function discountMessage({ segment, length }: Place): void {
  segment.live -= 1;
  segment.liveBytes -= length;
}
