import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';

export const SYSFS_GPIO = '/sys/class/gpio';

/**
 * Labels of the chips whose lines stand on the header of a Raspberry Pi: Zero to 3, 4, 5. The base offset of
 * a chip differs by board and system (0, 512, 571), its label does not.
 */
export const HEADER_CHIPS: readonly string[] = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];

/** A GPIO chip of the machine. */
export interface SysfsChip {
  readonly label: string;
  /** The sysfs number of its line 0. */
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
  throw new UnavailableError(`Expected a GPIO chip labelled ${wanted.join(' or ')} but received ${there}`);
}

function listChips(root: string): SysfsChip[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (cause) {
    throw new UnavailableError(`Expected GPIO lines under ${root} but received none`, { cause });
  }
  return names
    .filter((name) => /^gpiochip\d+$/.test(name))
    .map((name) => {
      const read = (file: string) => readFileSync(join(root, name, file), 'utf8').trim();
      return { label: read('label'), base: Number(read('base')), lines: Number(read('ngpio')) };
    });
}
