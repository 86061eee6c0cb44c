import type { Command } from '@oneface/common/commands/command';
import { validateReply } from '@oneface/common/commands/parse';
import { REPLY_SCHEMA_VERSION, type Reply } from '@oneface/common/commands/reply';
import { shorten } from '@oneface/common/errors/shorten';
import { type DeviceAddress, topicOf } from '@oneface/common/topics/topics';
import type { Clock } from '../clock/clock.js';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { CommandResult } from './actions.js';
import type { CommandError } from './command-error.js';
import type { KnownReply } from './journal.js';

/** A longer result is left out of its reply, in characters of JSON. */
export const LONGEST_RESULT = 16 * 1024;
const LONGEST_MESSAGE = 500;

/** Which command a reply is about. */
export type CommandName = Pick<Command, 'id'> & { readonly command: string };

/** Makes the replies of one run of the agent. */
export interface ReplyMessages {
  accepted(command: CommandName): KnownReply;
  executing(command: CommandName): KnownReply;
  successful(command: CommandName, result?: CommandResult): KnownReply;
  failed(command: CommandName, error: CommandError): KnownReply;
  rejected(error: CommandError): Reply;
  /** The old answer once more. */
  repeated(reply: KnownReply): KnownReply;
  toMessage(reply: Reply): OutgoingMessage;
}

/**
 * @param address who answers
 * @param boot id of this run
 */
export function createReplyMessages(
  address: DeviceAddress,
  boot: string,
  clock: Pick<Clock, 'now'>,
): ReplyMessages {
  const { device, site } = address;
  const topic = topicOf(address, 'replies');
  const head = () => ({
    schemaVersion: REPLY_SCHEMA_VERSION,
    device,
    ...(site !== undefined && { site }),
    boot,
    time: new Date(clock.now()).toISOString(),
  });
  const known = (state: string, { id, command }: CommandName, rest: object = {}): KnownReply => {
    const reply = validateReply({ state, ...head(), id, command, ...rest });
    if (reply.state === 'rejected') throw new TypeError('A rejected reply has no id');
    return reply;
  };
  const fault = ({ reason, message }: CommandError) => ({
    error: { code: reason, message: shorten(message, LONGEST_MESSAGE) },
  });
  return {
    accepted: (command) => known('accepted', command),
    executing: (command) => known('executing', command),
    successful: (command, result) =>
      known('successful', command, result === undefined ? {} : { result: plainResult(result) }),
    failed: (command, error) => known('failed', command, fault(error)),
    rejected: (error) => validateReply({ state: 'rejected', ...head(), ...fault(error) }),
    repeated: (reply) => ({ ...reply, repeated: true }),
    toMessage: (reply) => ({ topic, payload: JSON.stringify(reply) }),
  };
}

/** The result as it will be on the wire, so that the journal and the broker hold the same. */
function plainResult(result: CommandResult): unknown {
  const json = JSON.stringify(result);
  return json.length > LONGEST_RESULT ? { leftOut: `${json.length} characters` } : JSON.parse(json);
}
