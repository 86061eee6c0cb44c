import type { OutgoingMessage } from './outbox.js';
import { readSegment } from './read-segment.js';
import { segmentSeed } from './segment-files.js';
import type { Place, SegmentLog } from './segment-log.js';

/**
 * Reads a message back. Undefined when its record is damaged.
 *
 * @throws the system's error when the file cannot be read
 */
export async function readMessage(log: SegmentLog, place: Place): Promise<OutgoingMessage | undefined> {
  const bytes = await log.read(place.segment, place.offset, place.length);
  const { records } = readSegment(bytes, segmentSeed(place.segment.name));
  const record = records.at(0)?.record;
  return record?.type === 'message' ? record : undefined;
}
