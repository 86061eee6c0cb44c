/**
 * What a backend needs to talk with Oneface devices: the topic tree, a type and a validator for every
 * payload, and a reader of masks. `asyncapi.json` and `schemas/` say the same for other languages.
 */
export { Command, LONGEST_COMMAND } from '../common/commands/command.js';
export { parseCommand, parseReply, validateCommand, validateReply } from '../common/commands/parse.js';
export { Reply } from '../common/commands/reply.js';
export { InputError } from '../common/errors/errors.js';
export {
  EnterEvent,
  Face,
  FaceEvent,
  FacePart,
  LeaveEvent,
  NoFaceEvent,
  SegmentationEvent,
  UpdateEvent,
} from '../common/events/event.js';
export { parseEvent, parseStatus, validateEvent, validateStatus } from '../common/events/parse.js';
export { DeviceStatus } from '../common/events/status.js';
export { DeviceHealth } from '../common/health/health.js';
export { parseHealth, validateHealth } from '../common/health/parse.js';
export { decodeRle } from '../common/masks/rle.js';
export {
  type Channel,
  type DeviceAddress,
  parseTopic,
  topicFilters,
  topicOf,
} from '../common/topics/topics.js';
export { type ChannelContract, CONTRACT } from './contract.js';
