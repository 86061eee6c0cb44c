import { readFileSync } from 'node:fs';
import { validateCommand, validateReply } from '@oneface/common/commands/parse';
import { validateEvent, validateStatus } from '@oneface/common/events/parse';
import { validateHealth } from '@oneface/common/health/parse';
import type { Channel } from '@oneface/common/topics/topics';
import { Ajv } from 'ajv';
import { projectFile } from '../support/paths.js';

/** Where the JSON Schemas for other languages lie, from the root of the project. */
export const SCHEMA_FOLDER = 'src/protocol/schemas';

/** The JSON Schema of each channel's payload, and our own validator of it. */
export const CHECKS = {
  events: { schema: 'SegmentationEvent.json', validate: validateEvent },
  status: { schema: 'DeviceStatus.json', validate: validateStatus },
  health: { schema: 'DeviceHealth.json', validate: validateHealth },
  commands: { schema: 'Command.json', validate: validateCommand },
  replies: { schema: 'Reply.json', validate: validateReply },
} as const satisfies Record<Channel, { schema: string; validate: (payload: unknown) => unknown }>;

/** Compiles a channel's JSON Schema with Ajv, which in strict mode throws at what it would have to guess. */
export function compileSchema(channel: Channel): (payload: unknown) => boolean {
  const file = projectFile(`${SCHEMA_FOLDER}/${CHECKS[channel].schema}`);
  return new Ajv({ strict: true }).compile(JSON.parse(readFileSync(file, 'utf8')));
}
