import { readFrames } from './frame.js';
import type { KeptStore } from './kept-store.js';
import type { Entry } from './message-queue.js';
import { decodeMessage, type MessageRecord } from './record.js';
import type { Place } from './segment.js';
import { segmentSeed } from './segment-files.js';
import type { SegmentLog } from './segment-log.js';
import type { WaitingMessages } from './waiting-messages.js';

/** A bad spot on a card may be read at the second try. */
const TRIES = 3;

/**
 * Reads the text of the next messages into memory, so that they can be taken at once.
 *
 * @param onLost called for a message whose record is damaged, or that cannot be read on a disk that works
 * @param proveDisk rejects when the disk does not work, with the error given or its own
 * @returns whether there are more messages to take now
 * @throws the system's error when the disk does not work
 */
export async function prefetch(
  store: KeptStore,
  waiting: WaitingMessages,
  onLost: (entry: Entry, error: unknown) => void,
  proveDisk: (error: unknown) => Promise<void>,
): Promise<boolean> {
  let loaded = false;
  let isProven = false;
  for (let entry = waiting.nextToLoad(); entry?.place !== undefined; entry = waiting.nextToLoad()) {
    const { place, number } = entry;
    try {
      const message = await readMessage(store.logs[entry.kind], place, number);
      if (message === undefined) onLost(entry, undefined);
      else waiting.load(entry, message);
    } catch (error) {
      if (!isProven) await proveDisk(error);
      isProven = true;
      onLost(entry, error);
    }
    loaded = true;
  }
  return loaded;
}

async function readMessage(
  log: SegmentLog,
  place: Place,
  number: number,
): Promise<MessageRecord | undefined> {
  const bytes = await readPatiently(log, place);
  const found = readFrames(bytes, segmentSeed(place.segment.name)).bodies.at(0);
  const message = found && decodeMessage(found.body);
  return message?.number === number ? message : undefined;
}

async function readPatiently(log: SegmentLog, { segment, offset, length }: Place): Promise<Buffer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await log.read(segment, offset, length);
    } catch (error) {
      if (tries >= TRIES) throw error;
    }
  }
}
