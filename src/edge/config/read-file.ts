import { readFile } from 'node:fs/promises';
import { expected } from '@oneface/common/errors/errors';

/**
 * Reads a small file that a setting or a flag names.
 *
 * @param subject the setting or flag, such as "config.mqtt.tls.ca"
 * @throws InputError saying why it cannot be read
 */
export async function readNamedFile(path: string, subject: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw expected('a readable file', subject, cause, { cause });
  }
}
