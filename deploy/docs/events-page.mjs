import { readFileSync } from 'node:fs';
import { EVENT_SCHEMA_VERSION, SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent } from '@oneface/common/events/parse';
import { DeviceStatus, STATUS_SCHEMA_VERSION } from '@oneface/common/events/status';
import { topicFilters, topicOf } from '@oneface/common/topics/topics';
import { fieldTable, splitVariants, table } from './schema-tables.mjs';

const EXAMPLE = new URL('./example-event.json', import.meta.url);

/** The text of docs/40-events.md. */
export function renderEventsPage() {
  const example = readFileSync(EXAMPLE, 'utf8').trim();
  parseEvent(example);
  const event = splitVariants(SegmentationEvent);
  const status = splitVariants(DeviceStatus);
  const topics = table(
    ['topic', 'payload', 'QoS', 'retained'],
    [
      [`\`${topicPattern('events')}\``, 'segmentation event, one a frame', '1', 'no'],
      [`\`${topicPattern('status')}\``, 'status: birth, death, last will', '1', 'yes'],
    ],
  );
  return `# Events

<!-- Written by deploy/docs/events.mjs from src/common/events. Change the schema, not this file. -->

What a device publishes over MQTT. Every payload is one JSON object in UTF-8 with exactly these fields. None holds a picture or a piece of one.

${topics}

A device with a site has its name before its own: \`oneface/<site>/<device>/events\`. To hear all devices, subscribe to \`${topicFilters('events').join('` and `')}\`.

- An event may come twice; boot id and sequence number are then the same. A number that is left out is an event that was lost.
- Order events by boot id and sequence number. \`time\` is the device's own and may be wrong; \`timeQuality\` says how much it is worth.
- An \`offline\` status ends the session (\`boot\`, \`session\`) that it names and no newer one.

In TypeScript, \`parseEvent\` and \`parseStatus\` of \`@oneface/common/events/parse\` check a payload against the schema, and \`decodeRle\` of \`@oneface/common/masks/rle\` reads a mask. pycocotools reads it too.

## Segmentation event, version ${EVENT_SCHEMA_VERSION}

${fieldTable(event.common)}

${event.variants.map(variantSection('kind')).join('\n\n')}

### Example

\`\`\`json
${example}
\`\`\`

## Status, version ${STATUS_SCHEMA_VERSION}

${fieldTable(status.common)}

${status.variants.map(variantSection('state')).join('\n\n')}
`;
}

/** The topic of a channel with the place of the device marked, which is no id that the tree would take. */
function topicPattern(channel) {
  return topicOf({ device: 'x' }, channel).replace('/x/', '/<device>/');
}

function variantSection(discriminator) {
  return ({ description, fields }) => {
    const name = fields.find(({ path }) => path === discriminator)?.type;
    const own = fields.filter(({ path }) => path !== discriminator);
    return `### \`${discriminator}\` ${name}\n\n${description}\n\n${fieldTable(own)}`;
  };
}
