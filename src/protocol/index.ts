/**
 * What a backend needs to talk with Oneface devices: the topic tree, a type and a validator for every
 * payload, and a reader of masks. `asyncapi.json` and `schemas/` say the same for other languages.
 */
export { Command, LONGEST_COMMAND } from '@oneface/common/commands/command';
export { parseCommand, parseReply, validateCommand, validateReply } from '@oneface/common/commands/parse';
export { Reply } from '@oneface/common/commands/reply';
export { InputError } from '@oneface/common/errors/errors';
export {
  EnterEvent,
  Face,
  FaceEvent,
  FacePart,
  LeaveEvent,
  NoFaceEvent,
  SegmentationEvent,
  UpdateEvent,
} from '@oneface/common/events/event';
export { parseEvent, parseStatus, validateEvent, validateStatus } from '@oneface/common/events/parse';
export { DeviceStatus } from '@oneface/common/events/status';
export { DeviceHealth } from '@oneface/common/health/health';
export { parseHealth, validateHealth } from '@oneface/common/health/parse';
export { decodeRle } from '@oneface/common/masks/rle';
export {
  type Channel,
  type DeviceAddress,
  parseTopic,
  topicFilters,
  topicOf,
} from '@oneface/common/topics/topics';
export { type ChannelContract, CONTRACT } from './contract.js';
