import { readFrames } from './frame.js';
import { decodeBody, decodeMessage, type SegmentRecord } from './record.js';
import type { Segment } from './segment.js';
import { segmentSeed } from './segment-files.js';
import type { SegmentLog } from './segment-log.js';

/** Neighbouring segments from one index to another, both included. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** So many segments are worth putting together even if that saves no bytes. */
const MANY_SEGMENTS = 8;

/**
 * Chooses neighbouring closed segments to put together as one: those that save the most bytes, or are many
 * and small. What is left of them fits one segment, so that every such step costs little. Undefined when none
 * is worth it.
 *
 * @param segments closed ones, oldest first
 * @param segmentBytes most bytes to be left
 * @param leastGain bytes to be saved at least
 */
export function chooseRun(
  segments: readonly Segment[],
  segmentBytes: number,
  leastGain: number,
): Run | undefined {
  let best: (Run & { readonly gain: number }) | undefined;
  for (let from = 0; from < segments.length; from += 1) {
    // The head of this segment says where the one before ends, and has to stay.
    if (from > 0 && segments[from - 1].voidEnd) continue;
    let live = 0;
    let bytes = 0;
    for (let to = from; to < segments.length; to += 1) {
      live += segments[to].liveBytes;
      bytes += segments[to].size;
      if (segments[to].spoilt || live > segmentBytes) break;
      const gain = bytes - live;
      const worthIt = gain >= leastGain || to - from + 1 >= MANY_SEGMENTS;
      if (worthIt && (best === undefined || gain > best.gain)) best = { from, to, gain };
    }
  }
  return best && { from: best.from, to: best.to };
}

/** A record of a message, and where it lies. */
export interface FoundMessage {
  readonly segment: Segment;
  readonly number: number;
  readonly offset: number;
}

/**
 * Reads what has to be kept of a run of segments: the messages that are wanted, and the word on those that are
 * not but still lie in segments before the run.
 *
 * @param isWanted whether a message is wanted
 * @throws the system's error when a segment cannot be read
 */
export async function readWorthKeeping(
  log: SegmentLog,
  { from, to }: Run,
  isWanted: (message: FoundMessage) => boolean,
): Promise<SegmentRecord[]> {
  const before = log.closed.slice(0, from);
  const lieBefore = (number: number) => before.some(({ first, last }) => first <= number && number <= last);
  const kept: SegmentRecord[] = [];
  for (const segment of log.closed.slice(from, to + 1)) {
    const bytes = await readAll(log, segment);
    for (const { body, offset } of readFrames(bytes, segmentSeed(segment.name)).bodies) {
      const record = decodeBody(body);
      if (record === undefined || record.type === 'head') continue;
      if (record.type !== 'message') {
        const numbers = record.numbers.filter(lieBefore);
        if (numbers.length > 0) kept.push({ ...record, numbers });
      } else if (isWanted({ segment, offset, number: record.number })) {
        const message = decodeMessage(body);
        if (message !== undefined) kept.push(message);
      }
    }
  }
  return kept;
}

async function readAll(log: SegmentLog, segment: Segment): Promise<Buffer> {
  try {
    return await log.read(segment, 0, segment.size);
  } catch (error) {
    segment.spoilt = true;
    throw error;
  }
}
