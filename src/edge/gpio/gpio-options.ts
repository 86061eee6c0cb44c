import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';

/** A line by its number on its chip: the GPIO number that pin-out drawings of the board give. */
const LineNumber = Type.Integer({ title: 'a line number from 0 to 511', minimum: 0, maximum: 511 });

const ACTIVE_LOW = Type.Boolean({
  default: false,
  description: 'Whether the part is on when the line is low, as many relay boards are.',
});

export const RelayOptions = Type.Object(
  {
    line: LineNumber,
    activeLow: ACTIVE_LOW,
    longestOnSeconds: Type.Number({
      minimum: 0.1,
      maximum: 3600,
      default: 5,
      description:
        'After this the relay goes off, whatever the rest of the agent does, and stays off until nobody has ' +
        'wanted it on for a second.',
    }),
    follow: Type.Union([Type.Literal('nothing'), Type.Literal('presence')], {
      default: 'nothing',
      description:
        'presence: on while somebody is in view, for a lamp. A face alone must never open a door: the agent ' +
        'does not know whose it is.',
    }),
  },
  CLOSED,
);
export type RelayOptions = Static<typeof RelayOptions>;

export const LightOptions = Type.Object(
  { line: LineNumber, activeLow: ACTIVE_LOW },
  { ...CLOSED, description: 'A light that blinks on the command "identify".' },
);
export type LightOptions = Static<typeof LightOptions>;

export const TriggerOptions = Type.Object(
  {
    line: LineNumber,
    kind: Type.Union([Type.Literal('pir'), Type.Literal('button')]),
    activeLow: ACTIVE_LOW,
    debounceMilliseconds: Type.Integer({
      minimum: 0,
      maximum: 5000,
      default: 20,
      description: 'The line must be active and quiet for so long: contacts bounce.',
    }),
  },
  {
    ...CLOSED,
    description:
      'A motion detector or a button that wakes the agent. A button needs a pull resistor; on a Raspberry Pi ' +
      '"gpio=LINE=pu" or "gpio=LINE=pd" in config.txt gives one.',
  },
);
export type TriggerOptions = Static<typeof TriggerOptions>;

/** The lines of the device that the agent uses. */
export const GpioOptions = Type.Object(
  {
    driver: Type.Union([Type.Literal('auto'), Type.Literal('onoff'), Type.Literal('libgpiod')], {
      default: 'auto',
      description:
        'onoff: /sys/class/gpio. libgpiod: the programs gpioset and gpiomon, for systems without it. auto: ' +
        'whichever there is.',
    }),
    chip: Type.Optional(
      Type.String({
        title: 'the label of a GPIO chip such as "pinctrl-bcm2711"',
        pattern: '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$',
        description: 'Which chip; left out, that of the Raspberry Pi model.',
      }),
    ),
    relay: Type.Optional(RelayOptions),
    light: Type.Optional(LightOptions),
    triggers: Type.Array(TriggerOptions, { maxItems: 8, default: [] }),
  },
  CLOSED,
);
export type GpioOptions = Static<typeof GpioOptions>;
