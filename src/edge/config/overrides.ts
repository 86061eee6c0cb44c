import { expected } from '@oneface/common/errors/errors';
import { isSettable } from './settable.js';

/** Values that were set by command, by the path of their setting, in the order in which they are laid over. */
export type Overrides = Readonly<Record<string, unknown>>;

/**
 * Lays overrides over a configuration. One that may not be set (any more) is left out.
 *
 * @param config with its defaults filled in
 * @returns a new value; the given one is not changed
 * @throws InputError when something on the way to a setting is no object
 */
export function applyOverrides(config: unknown, overrides: Overrides): unknown {
  const merged: unknown = structuredClone(config);
  for (const [path, value] of Object.entries(overrides)) {
    if (isSettable(path)) setAt(merged, path, value);
  }
  return merged;
}

/**
 * The overrides with one more value, which takes the place of all below its path; null only takes these out,
 * back to the values of the file.
 */
export function withOverride(overrides: Overrides, path: string, value: unknown): Overrides {
  const others = Object.entries(overrides).filter(([other]) => !`${other}.`.startsWith(`${path}.`));
  return Object.fromEntries(value === null ? others : [...others, [path, value]]);
}

function setAt(config: unknown, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop();
  let place = asObject(config, 'config');
  for (const step of steps) place = asObject(place[step], `config.${step}`);
  if (last !== undefined) place[last] = structuredClone(value);
}

function asObject(value: unknown, subject: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected('an object', subject, value);
  }
  return value as Record<string, unknown>;
}
