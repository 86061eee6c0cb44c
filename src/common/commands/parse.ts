import { parseJson } from '../schemas/parse-json.js';
import { compileValidator } from '../schemas/validator.js';
import { Command } from './command.js';
import { Reply } from './reply.js';

/** Checks a value that is to be a command. Throws InputError naming the first field that is wrong. */
export const validateCommand = compileValidator(Command, 'the command');

/** Checks a value that is to be a reply. Throws InputError naming the first field that is wrong. */
export const validateReply = compileValidator(Reply, 'the reply');

/**
 * Reads the payload of a `commands` topic.
 *
 * @param json UTF-8 text
 * @throws InputError when it is no JSON or no command of this schema version
 */
export function parseCommand(json: string): Command {
  return validateCommand(parseJson(json, 'the command'));
}

/**
 * Reads the payload of a `replies` topic.
 *
 * @param json UTF-8 text
 * @throws InputError when it is no JSON or no reply of this schema version
 */
export function parseReply(json: string): Reply {
  return validateReply(parseJson(json, 'the reply'));
}
