import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';

const awakeSeconds = Type.Number({
  minimum: 1,
  maximum: 3600,
  default: 10,
  description: 'How long frames are looked at after the last motion, trigger or face.',
});

/** Look at every frame, at `frames.perSecond`. */
export const AlwaysAwake = Type.Object({ mode: Type.Literal('always') }, CLOSED);

/** Sleep until something moves in the picture, or a trigger comes. */
export const WakeOnMotion = Type.Object(
  {
    mode: Type.Literal('motion'),
    awakeSeconds,
    sensitivity: Type.Number({
      minimum: 1,
      maximum: 100,
      default: 50,
      description: 'From 1 (only large changes wake the agent) to 100 (the slightest does).',
    }),
  },
  CLOSED,
);

/** Sleep until a trigger comes: a motion sensor, a button. */
export const WakeOnTrigger = Type.Object({ mode: Type.Literal('trigger'), awakeSeconds }, CLOSED);

/** When frames are looked at; `mode` tells the variants apart. */
export const WakeOptions = Type.Union([AlwaysAwake, WakeOnMotion, WakeOnTrigger], {
  default: { mode: 'always' },
});
export type WakeOptions = Static<typeof WakeOptions>;
