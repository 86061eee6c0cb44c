import { compileValidator } from '../schemas/validator.js';
import { DeviceHealth } from './health.js';

/** Checks a value that is to be a health message. Throws InputError naming the first field that is wrong. */
export const validateHealth = compileValidator(DeviceHealth, 'the health message');
