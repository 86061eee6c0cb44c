import { type Static, Type } from '@sinclair/typebox';
import { CLOSED, timeField } from '../events/fields.js';

export const COMMAND_SCHEMA_VERSION = 1;

/** A command payload longer than this is refused unread, in bytes. */
export const LONGEST_COMMAND = 8192;

/** An id that the sender draws; the same id again is the same command, which runs once. */
export const CommandId = Type.String({
  title: 'a command id (8 to 64 letters, digits, "-", "_")',
  description: 'Drawn by the sender, new for each command. A repeated id is answered but not run again.',
  pattern: '^[A-Za-z0-9_-]{8,64}$',
});

const HEAD = {
  schemaVersion: Type.Literal(COMMAND_SCHEMA_VERSION, { description: 'Version of this format.' }),
  id: CommandId,
  expires: Type.Optional(
    timeField('A device whose clock is synchronised refuses the command after this time.'),
  ),
};

function command<N extends string>(name: N, description: string) {
  return Type.Object({ command: Type.Literal(name), ...HEAD }, { ...CLOSED, description });
}

export const CaptureCommand = command('capture', 'Look at one frame now and report it, face or not.');
export const SendHealthCommand = command('send-health', 'Publish a health message now.');
export const RestartCommand = command('restart', 'End in order and start again.');
export const DiagnoseCommand = command(
  'diagnose',
  'Check camera, model, clock, disk, memory and connection, and reply with what was found.',
);

export const IdentifyCommand = Type.Object(
  {
    command: Type.Literal('identify'),
    ...HEAD,
    seconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 300, description: 'How long the light blinks; 10 if left out.' }),
    ),
  },
  { ...CLOSED, description: 'Blink the light of the device, so that an installer finds it.' },
);

export const SetConfigCommand = Type.Object(
  {
    command: Type.Literal('set-config'),
    ...HEAD,
    path: Type.String({
      title: 'the path of a setting such as "frames.perSecond"',
      description: 'Which setting; only those that cannot cut the device off may be set.',
      pattern: '^[a-z][A-Za-z]*(\\.[a-z][A-Za-z]*){0,4}$',
      maxLength: 128,
    }),
    value: Type.Unknown({
      title: 'any JSON value',
      description: 'The new value; null goes back to the one of the configuration file.',
    }),
  },
  {
    ...CLOSED,
    description:
      'Set one value of the configuration. It is checked, kept over restarts, and taken back when the agent ' +
      'does not come up with it.',
  },
);

/** What a device can be asked to do. */
export const Command = Type.Union([
  CaptureCommand,
  SendHealthCommand,
  SetConfigCommand,
  RestartCommand,
  IdentifyCommand,
  DiagnoseCommand,
]);
export type Command = Static<typeof Command>;
