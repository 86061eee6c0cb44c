import { expected } from '../errors/errors.js';

/**
 * The topic tree. Everything a device says stands under its own branch:
 *
 *     oneface/<device>/events          segmentation events, QoS 1, not retained
 *     oneface/<device>/status          online or offline, QoS 1, retained; also the last will
 *     oneface/<device>/health          figures and states, QoS 1, retained
 *     oneface/<device>/commands        what the device is asked to do, QoS 1, not retained; it subscribes
 *     oneface/<device>/replies         what became of commands, QoS 1, not retained
 *     oneface/<site>/<device>/...      the same for a device that has a site
 *
 * A level named like a channel (`RESERVED_LEVELS`) is never an id, so both forms can be told apart.
 */
export const TOPIC_ROOT = 'oneface';

/** The topics of a device; it publishes on all but `commands`. */
export const CHANNELS = ['events', 'status', 'health', 'commands', 'replies'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Topic levels that no device and no site may be called. */
export const RESERVED_LEVELS: readonly string[] = CHANNELS;

/** Who a device is: its own name and, where the operator gave one, the name of its site. */
export interface DeviceAddress {
  readonly device: string;
  readonly site?: string;
}

/**
 * Form of a device or site id: letters, digits, `-`, `_` and `.`, at most 64, starting with a letter or digit.
 * So an id is one topic level, no wildcard, and a file name as it stands.
 */
export const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

const ID = new RegExp(ID_PATTERN);

/**
 * Checks a device or site id.
 *
 * @param subject what the id is for, such as "config.device"
 * @returns the id
 * @throws InputError when it has another form or is a reserved level
 */
export function requireId(id: string, subject: string): string {
  if (!ID.test(id)) {
    throw expected('1 to 64 letters, digits, "-", "_" or "." (a letter or digit first)', subject, id);
  }
  if (RESERVED_LEVELS.includes(id)) {
    throw expected(`a name other than ${RESERVED_LEVELS.join(', ')}`, subject, id);
  }
  return id;
}

/**
 * Topic of one channel of a device, such as `oneface/lobby/door-1/events`.
 *
 * @throws InputError when an id of the address is not valid
 */
export function topicOf(address: DeviceAddress, channel: Channel): string {
  const ids = [...(address.site === undefined ? [] : [address.site]), address.device];
  for (const id of ids) requireId(id, 'the topic');
  return [TOPIC_ROOT, ...ids, channel].join('/');
}

/** The two subscriptions that together match one channel of every device, with and without a site. */
export function topicFilters(channel: Channel): string[] {
  return [`${TOPIC_ROOT}/+/${channel}`, `${TOPIC_ROOT}/+/+/${channel}`];
}

/**
 * Reads a topic back.
 *
 * @returns whose topic it is and which channel, or undefined when it is not one of the tree
 */
export function parseTopic(topic: string): (DeviceAddress & { readonly channel: Channel }) | undefined {
  const [root, ...levels] = topic.split('/');
  const channel = CHANNELS.find((known) => known === levels.at(-1));
  const ids = levels.slice(0, -1);
  const valid = ids.every((id) => ID.test(id) && !RESERVED_LEVELS.includes(id));
  if (root !== TOPIC_ROOT || channel === undefined || !valid) return undefined;
  const [first, second, ...rest] = ids;
  if (first === undefined || rest.length > 0) return undefined;
  return second === undefined ? { device: first, channel } : { site: first, device: second, channel };
}
