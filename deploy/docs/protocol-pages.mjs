import { readFileSync } from 'node:fs';
import { COMMAND_SCHEMA_VERSION } from '@oneface/common/commands/command';
import { REPLY_SCHEMA_VERSION } from '@oneface/common/commands/reply';
import { EVENT_SCHEMA_VERSION } from '@oneface/common/events/event';
import { STATUS_SCHEMA_VERSION } from '@oneface/common/events/status';
import { HEALTH_SCHEMA_VERSION } from '@oneface/common/health/health';
import { topicFilters, topicOf } from '@oneface/common/topics/topics';
import { CONTRACT, parseCommand, parseEvent } from '@oneface/protocol';
import { fieldTable, splitVariants, table } from './schema-tables.mjs';

const packageFile = new URL('../../src/protocol/package.json', import.meta.url);
const { version: VERSION } = JSON.parse(readFileSync(packageFile, 'utf8'));

/** The text of docs/40-events.md. */
export function renderEventsPage(warning) {
  return `# Events

<!-- ${warning} -->

What a device publishes over MQTT. Every payload is one JSON object in UTF-8 with exactly these fields. None holds a picture or a piece of one. [41-commands.md](41-commands.md) describes health messages, commands and replies.

${topicTable(['events', 'status', 'health', 'commands', 'replies'])}

A device with a site has its name before its own: \`oneface/<site>/<device>/events\`. To hear all devices, subscribe to \`${topicFilters('events').join('` and `')}\`.

- A device reports either presences (\`enter\`, \`update\`, \`leave\`: one visit, one presence) or, for trials, every frame (\`face\`, \`no-face\`).
- Order events by \`log.id\` and \`sequence\`, never by \`time\`: the device's clock may be wrong; \`timeQuality\` says how much it is worth.
- \`sequence\` goes on over restarts. A number left out is an event that was lost. The same number, log and boot is a repeat of one event. A new \`log.id\` is a break: the device began again, or its disk failed.
- An event with \`historical\` had to wait for a connection.
- An \`offline\` status ends the session (\`boot\`, \`session\`) that it names and no newer one.

## In a backend

In TypeScript, the package \`@oneface/protocol\` has a type and a validator for each payload (\`parseEvent\`, \`parseStatus\`, ...) and \`decodeRle\` for masks; pycocotools reads them too. This packs it into one file and says its name:

\`\`\`sh
npm run pack:protocol
\`\`\`

A backend installs that file: \`npm install oneface-protocol-${VERSION}.tgz\`. It depends on TypeBox alone.

For other languages, \`src/protocol/asyncapi.json\` is the AsyncAPI 3 document, and \`src/protocol/schemas\` holds a JSON Schema (draft 7) for each payload. The package has them too, as \`@oneface/protocol/asyncapi.json\` and \`@oneface/protocol/schemas/SegmentationEvent.json\`.

## Segmentation event, version ${EVENT_SCHEMA_VERSION}

${payloadSection(CONTRACT.events.payload, 'kind')}

### Example

${example('example-event.json', parseEvent)}

## Status, version ${STATUS_SCHEMA_VERSION}

${payloadSection(CONTRACT.status.payload, 'state')}
`;
}

/** The text of docs/41-commands.md. */
export function renderCommandsPage(warning) {
  return `# Health, commands and replies

<!-- ${warning} -->

${topicTable(['health', 'commands', 'replies'])}

## Health, version ${HEALTH_SCHEMA_VERSION}

Published retained every minute (\`health.everySeconds\`) and on demand. The same figures stand under \`http://127.0.0.1:9464/metrics\` on the device, as Prometheus text.

${fieldTable(splitVariants({ anyOf: [CONTRACT.health.payload] }).common)}

## Commands, version ${COMMAND_SCHEMA_VERSION}

Publish a command with QoS 1, not retained, to the device's \`commands\` topic. The device answers on \`replies\` with \`accepted\`, \`executing\`, then \`successful\` or \`failed\`. A command runs once: the same \`id\` again is answered with the old reply and \`repeated\`. What is no command is \`rejected\`.

${payloadSection(CONTRACT.commands.payload, 'command')}

### Example

${example('example-command.json', parseCommand)}

## Replies, version ${REPLY_SCHEMA_VERSION}

${payloadSection(CONTRACT.replies.payload, 'state')}
`;
}

function topicTable(channels) {
  return table(
    ['topic', 'payload', 'from', 'QoS', 'retained'],
    channels.map((channel) => {
      const { description, from, qos, retained } = CONTRACT[channel];
      return [`\`${topicPattern(channel)}\``, description, from, String(qos), retained ? 'yes' : 'no'];
    }),
  );
}

/** The topic of a channel with the place of the device marked, which is no id that the tree would take. */
function topicPattern(channel) {
  return topicOf({ device: 'x' }, channel).replace('/x/', '/<device>/');
}

/** The fields that all variants share, then a section for each variant. */
function payloadSection(union, discriminator) {
  const { common, variants } = splitVariants(union);
  const sections = variants.map(({ description, fields }) => {
    const name = fields.find(({ path }) => path === discriminator)?.type;
    const own = fields.filter(({ path }) => path !== discriminator);
    const rows = own.length === 0 ? '' : `\n\n${fieldTable(own)}`;
    return `### \`${discriminator}\` ${name}\n\n${description}${rows}`;
  });
  return [fieldTable(common), ...sections].join('\n\n');
}

function example(file, parse) {
  const text = readFileSync(new URL(`./${file}`, import.meta.url), 'utf8').trim();
  parse(text);
  return `\`\`\`json\n${text}\n\`\`\``;
}
