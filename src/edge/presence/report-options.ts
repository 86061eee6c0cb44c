import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';

/** One event for each face of each frame, or one for a frame without. */
export const ReportFrames = Type.Object({ mode: Type.Literal('frames') }, CLOSED);

/** One event when a face comes, some while it stays, one when it is gone. */
export const ReportPresence = Type.Object(
  {
    mode: Type.Literal('presence'),
    confirmFrames: Type.Integer({
      minimum: 1,
      maximum: 30,
      default: 3,
      description: 'Frames in which a face must be found before it is reported.',
    }),
    updateSeconds: Type.Number({
      minimum: 1,
      maximum: 86_400,
      default: 30,
      description: 'A face that stays is reported again after this time.',
    }),
    betterSeconds: Type.Number({
      minimum: 0.1,
      maximum: 86_400,
      default: 1,
      description:
        'A clearly better frame is reported at once, but not sooner than this after the last event.',
    }),
    leaveSeconds: Type.Number({
      minimum: 0.1,
      maximum: 3600,
      default: 3,
      description: 'A face that was not found for this long is gone.',
    }),
  },
  CLOSED,
);
export type ReportPresence = Static<typeof ReportPresence>;

/** What the agent reports; `mode` tells the variants apart. */
export const ReportOptions = Type.Union([ReportPresence, ReportFrames], { default: { mode: 'presence' } });
export type ReportOptions = Static<typeof ReportOptions>;
