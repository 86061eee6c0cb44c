import { parseJson } from '../schemas/parse-json.js';
import { compileValidator } from '../schemas/validator.js';
import { DeviceHealth } from './health.js';

/** Checks a value that is to be a health message. Throws InputError naming the first field that is wrong. */
export const validateHealth = compileValidator(DeviceHealth, 'the health message');

/**
 * Reads the payload of a `health` topic.
 *
 * @param json UTF-8 text
 * @throws InputError when it is no JSON or no health message of this schema version
 */
export function parseHealth(json: string): DeviceHealth {
  return validateHealth(parseJson(json, 'the health message'));
}
