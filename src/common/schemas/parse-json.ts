import { expected } from '../errors/errors.js';

/**
 * Reads JSON text.
 *
 * @param subject what the text is, such as "the event"
 * @throws InputError when it is no JSON
 */
export function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw expected('JSON', subject, text, { cause });
  }
}
