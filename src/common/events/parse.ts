import { parseJson } from '../schemas/parse-json.js';
import { compileValidator } from '../schemas/validator.js';
import { SegmentationEvent } from './event.js';
import { DeviceStatus } from './status.js';

/** Checks a value that is to be an event. Throws InputError naming the first field that is wrong. */
export const validateEvent = compileValidator(SegmentationEvent, 'the event');

/** Checks a value that is to be a status. Throws InputError naming the first field that is wrong. */
export const validateStatus = compileValidator(DeviceStatus, 'the status');

/**
 * Reads the payload of an `events` topic.
 *
 * @param json UTF-8 text
 * @throws InputError when it is no JSON or no event of this schema version
 */
export function parseEvent(json: string): SegmentationEvent {
  return validateEvent(parseJson(json, 'the event'));
}

/**
 * Reads the payload of a `status` topic.
 *
 * @param json UTF-8 text
 * @throws InputError when it is no JSON or no status of this schema version
 */
export function parseStatus(json: string): DeviceStatus {
  return validateStatus(parseJson(json, 'the status'));
}
