import { ID_PATTERN, TOPIC_ROOT } from '@oneface/common/topics/topics';

/** TypeBox writes tuples and all else that we use as draft 7 knows them. */
const DIALECT = 'http://json-schema.org/draft-07/schema#';

/** The two places of a device in the topic tree. */
const PLACES = [
  {
    key: 'device',
    prefix: `${TOPIC_ROOT}/{device}`,
    parameters: ['device'],
    title: 'a device without a site',
  },
  {
    key: 'siteDevice',
    prefix: `${TOPIC_ROOT}/{site}/{device}`,
    parameters: ['site', 'device'],
    title: 'a device of a site',
  },
];

/**
 * The contract as an AsyncAPI 3.0 document, from the device's point of view: it sends what is `from` device.
 *
 * @param {import('@oneface/protocol').CONTRACT} contract
 * @param {string} version of the protocol package
 */
export function asyncApiDocument(contract, version) {
  const entries = Object.entries(contract);
  const channels = {};
  const operations = {};
  for (const { key, prefix, parameters, title } of PLACES) {
    for (const [channel, { name, from, description }] of entries) {
      const id = `${key}${capital(channel)}`;
      channels[id] = {
        address: `${prefix}/${channel}`,
        title: `${channel} of ${title}`,
        description,
        parameters: Object.fromEntries(parameters.map((each) => [each, { description: idWords(each) }])),
        messages: { [name]: { $ref: `#/components/messages/${name}` } },
      };
      operations[`${from === 'device' ? 'send' : 'receive'}${capital(id)}`] = {
        action: from === 'device' ? 'send' : 'receive',
        channel: { $ref: `#/channels/${id}` },
        messages: [{ $ref: `#/channels/${id}/messages/${name}` }],
        bindings: { mqtt: { qos: contract[channel].qos, retain: contract[channel].retained } },
      };
    }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Oneface devices over MQTT',
      version,
      description:
        'What a Oneface device says and takes. Payloads are JSON in UTF-8 and never hold a picture.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: {
      messages: Object.fromEntries(
        entries.map(([, { name, description }]) => [
          name,
          { name, summary: description, payload: { $ref: `#/components/schemas/${name}` } },
        ]),
      ),
      schemas: Object.fromEntries(entries.map(([, { name, payload }]) => [name, plain(payload)])),
    },
  };
}

/** One payload as a JSON Schema file. */
export function jsonSchema({ name, payload, description }) {
  return { $schema: DIALECT, $id: `oneface:${name}`, title: name, description, ...plain(payload) };
}

/** A schema without TypeBox's symbols. */
function plain(schema) {
  return JSON.parse(JSON.stringify(schema));
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

function idWords(parameter) {
  return `Id of the ${parameter}: ${ID_PATTERN}`;
}
