import { expected } from '@oneface/common/errors/errors';
import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';
import { readNamedFile } from './read-file.js';

/** Names a file; relative paths start at the folder of the configuration. */
export const FilePath = Type.String({ title: 'a file path', minLength: 1, maxLength: 4096 });

/** A secret never stands in the configuration itself, only where to find it. */
export const Secret = Type.Union(
  [
    Type.Object({ file: FilePath }, CLOSED),
    Type.Object({ env: Type.String({ minLength: 1, maxLength: 256 }) }, CLOSED),
  ],
  {
    title: '{"file": path} or {"env": name of an environment variable}',
    description: 'Where the secret stands; it is never in the configuration itself.',
    writeOnly: true,
  },
);
export type Secret = Static<typeof Secret>;

/**
 * Reads a secret, without the line feed that editors put at a file's end.
 *
 * @param env environment variables
 * @param subject the setting, such as "config.mqtt.password"
 * @throws InputError when the file or the variable is not there
 */
export async function readSecret(
  secret: Secret,
  env: Readonly<Record<string, string | undefined>>,
  subject: string,
): Promise<string> {
  if ('file' in secret) {
    const bytes = await readNamedFile(secret.file, `${subject}.file`);
    return bytes.toString('utf8').replace(/\r?\n$/, '');
  }
  const value = env[secret.env];
  if (value === undefined) throw expected('a variable of the environment', `${subject}.env`, secret.env);
  return value;
}
