import { type Static, Type } from '@sinclair/typebox';
import { BootId, CLOSED, DeviceId, SiteId, timeField } from '../events/fields.js';
import { CommandId } from './command.js';

export const REPLY_SCHEMA_VERSION = 1;

const HEAD = {
  schemaVersion: Type.Literal(REPLY_SCHEMA_VERSION, { description: 'Version of this format.' }),
  device: DeviceId,
  site: Type.Optional(SiteId),
  boot: BootId,
  time: timeField('When the command came to this state, by the clock of the device.'),
};

const WITH_ID = {
  ...HEAD,
  id: CommandId,
  command: Type.String({ description: 'What was asked for.', maxLength: 64 }),
  repeated: Type.Optional(
    Type.Literal(true, { description: 'There when the same id came again: this is the old answer.' }),
  ),
};

/** Why a command was refused or failed. */
export const CommandErrorCode = Type.Union(
  [
    Type.Literal('malformed'),
    Type.Literal('too-large'),
    Type.Literal('unknown-command'),
    Type.Literal('expired'),
    Type.Literal('busy'),
    Type.Literal('not-allowed'),
    Type.Literal('unavailable'),
    Type.Literal('failed'),
    Type.Literal('interrupted'),
  ],
  {
    description:
      'malformed: no JSON, or not as the schema says. too-large: longer than a command may be. ' +
      'unknown-command: not one of this version. expired: too late. busy: too many commands at once, or a new ' +
      'setting is being tried; the same command may come again. not-allowed: a setting that may not be set ' +
      'from afar, an id that was used for another command, or a retained message. unavailable: the device has ' +
      'no such part, or its disk cannot be written. failed: it was tried. interrupted: the agent ended meanwhile.',
  },
);
export type CommandErrorCode = Static<typeof CommandErrorCode>;

const CommandFault = Type.Object(
  { code: CommandErrorCode, message: Type.String({ description: 'For people.', maxLength: 500 }) },
  CLOSED,
);

/** The command was taken and will run: the first state. */
export const AcceptedReply = Type.Object(
  { state: Type.Literal('accepted'), ...WITH_ID },
  { ...CLOSED, description: 'The command was read and is kept; it will run.' },
);
export const ExecutingReply = Type.Object(
  { state: Type.Literal('executing'), ...WITH_ID },
  { ...CLOSED, description: 'The command runs.' },
);
export const SuccessfulReply = Type.Object(
  {
    state: Type.Literal('successful'),
    ...WITH_ID,
    result: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][A-Za-z]*$' }), Type.Unknown(), {
        description: 'What the command found, by name.',
      }),
    ),
  },
  { ...CLOSED, description: 'The command is done.' },
);
export const FailedReply = Type.Object(
  { state: Type.Literal('failed'), ...WITH_ID, error: CommandFault },
  { ...CLOSED, description: 'The command did not do its work; nothing was changed.' },
);
/** Refused before it was known which command it is. */
export const RejectedReply = Type.Object(
  { state: Type.Literal('rejected'), ...HEAD, error: CommandFault },
  { ...CLOSED, description: 'Something came that is no command with an id; it was dropped.' },
);

/** What becomes of a command, in order: accepted, executing, then successful or failed. */
export const Reply = Type.Union([AcceptedReply, ExecutingReply, SuccessfulReply, FailedReply, RejectedReply]);
export type Reply = Static<typeof Reply>;
