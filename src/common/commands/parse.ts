import { compileValidator } from '../schemas/validator.js';
import { Command } from './command.js';
import { Reply } from './reply.js';

/** Checks a value that is to be a command. Throws InputError naming the first field that is wrong. */
export const validateCommand = compileValidator(Command, 'the command');

/** Checks a value that is to be a reply. Throws InputError naming the first field that is wrong. */
export const validateReply = compileValidator(Reply, 'the reply');
