import { isDeepStrictEqual } from 'node:util';
import type { SetConfigCommand } from '@oneface/common/commands/command';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import type { Static } from '@sinclair/typebox';
import { withOverride } from '../config/overrides.js';
import { isSettable, SETTABLE } from '../config/settable.js';
import type { Settings } from '../config/settings.js';
import { CommandError } from './command-error.js';

/**
 * Checks a new value and puts it on probation.
 *
 * @returns whether the agent has to start again to use it; it need not when the value changes nothing
 * @throws CommandError when the value must not or cannot be set; then nothing is changed
 */
export async function stageSetting(
  { id, path, value }: Static<typeof SetConfigCommand>,
  { store, resolve }: Settings,
): Promise<boolean> {
  if (!isSettable(path)) {
    const settable = Object.keys(SETTABLE).join(', ');
    throw new CommandError('not-allowed', `Expected one of ${settable} but received ${path}`);
  }
  const whole = Object.keys(store.confirmed).find((other) => path.startsWith(`${other}.`));
  if (value === null && whole !== undefined && !Object.hasOwn(store.confirmed, path)) {
    // It would change nothing: the file's value stands behind the whole.
    const message = `Expected a value for ${path} (null goes to ${whole}, which was set as a whole)`;
    throw new CommandError('malformed', `${message} but received null`);
  }
  const values = withOverride(store.confirmed, path, value);
  try {
    const restart = !isDeepStrictEqual(resolve(values), resolve(store.inUse));
    await (restart ? store.stage(id, values) : store.keep(id, values));
    return restart;
  } catch (cause) {
    if (cause instanceof InputError) throw new CommandError('malformed', cause.message, { cause });
    if (cause instanceof UnavailableError) throw new CommandError('unavailable', cause.message, { cause });
    throw cause;
  }
}
