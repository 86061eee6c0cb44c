/** Labels of the chips whose lines stand on the header of a Raspberry Pi: Zero to 3, 4, 5. */
export const HEADER_CHIPS: readonly string[] = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];
