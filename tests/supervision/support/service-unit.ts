import { readFile } from 'node:fs/promises';
import { expected } from '@oneface/common/errors/errors';
import { projectFile } from '../../support/paths.js';

/** The systemd unit that a device runs the agent by. */
export const SERVICE_UNIT = projectFile('deploy/device/oneface-edge.service');

export interface ServiceUnit {
  readonly text: string;
  /** The one value of a setting. Throws InputError when there is none or more than one. */
  value(name: string): string;
  /** The same of one that is a plain number of seconds. */
  seconds(name: string): number;
}

export async function readServiceUnit(): Promise<ServiceUnit> {
  const text = await readFile(SERVICE_UNIT, 'utf8');
  const value = (name: string) => {
    const values = text
      .split('\n')
      .filter((line) => line.startsWith(`${name}=`))
      .map((line) => line.slice(name.length + 1));
    const [only] = values;
    if (only === undefined || values.length > 1) throw expected('one value', name, values);
    return only;
  };
  return {
    text,
    value,
    seconds(name) {
      const number = value(name);
      if (!/^\d+$/.test(number)) throw expected('a number of seconds', name, number);
      return Number(number);
    },
  };
}
