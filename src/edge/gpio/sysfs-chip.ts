import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { HEADER_CHIPS } from './header-chips.js';

export const SYSFS_GPIO = '/sys/class/gpio';

/** A GPIO chip of the machine. */
export interface SysfsChip {
  readonly label: string;
  /** The sysfs number of its line 0: it differs by board and system (0, 512, 571), the label does not. */
  readonly base: number;
  /** How many lines it has. */
  readonly lines: number;
}

/**
 * Finds a chip under /sys/class/gpio by its label.
 *
 * @param label of the chip; the header chips of the Raspberry Pi models if left out
 * @throws UnavailableError when there is none of that label
 */
export function findSysfsChip(label: string | undefined, root = SYSFS_GPIO): SysfsChip {
  const chips = listChips(root);
  const wanted = label === undefined ? HEADER_CHIPS : [label];
  const chip = chips.find((each) => wanted.includes(each.label));
  if (chip !== undefined) return chip;
  const there = chips.map((each) => each.label).join(', ') || 'no chip';
  throw new UnavailableError(
    `Expected a GPIO chip labelled ${wanted.join(' or ')} under ${root} but received ${there}`,
  );
}

function listChips(root: string): SysfsChip[] {
  try {
    return readdirSync(root)
      .filter((name) => /^gpiochip\d+$/.test(name))
      .map((name) => readChip(join(root, name)));
  } catch (cause) {
    throw new UnavailableError(`Expected GPIO chips under ${root} but received none that can be read`, {
      cause,
    });
  }
}

function readChip(folder: string): SysfsChip {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8').trim();
  const number = (file: string) => {
    const text = read(file);
    if (!/^\d+$/.test(text)) throw expected('a number', join(folder, file), text);
    return Number(text);
  };
  return { label: read('label'), base: number('base'), lines: number('ngpio') };
}
