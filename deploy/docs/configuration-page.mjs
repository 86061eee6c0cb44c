import { describeSchema } from '@oneface/common/schemas/validator';
import { AgentConfig } from '@oneface/edge/config/schema';
import { SETTABLE } from '@oneface/edge/config/settable';
import { table } from './schema-tables.mjs';

/** The text of docs/22-configuration.md. */
export function renderConfigurationPage(warning) {
  const { plain, unions } = fieldsOf(AgentConfig);
  const sections = unions.flatMap(({ path, discriminator, schema }) =>
    schema.anyOf.map((variant) => {
      const { [discriminator]: kind } = variant.properties;
      const isDefault = schema.default?.[discriminator] === kind.const ? ' (the default)' : '';
      const own = fieldsOf(variant, path).plain.filter(({ name }) => name !== `${path}.${discriminator}`);
      const rows = own.length === 0 ? 'No further fields.' : fieldTable(own);
      return `### \`${path}.${discriminator}\` \`"${kind.const}"\`${isDefault}\n\n${rows}`;
    }),
  );
  return `# Configuration of a device

<!-- ${warning} -->

One JSON file, \`/etc/oneface/config.json\` by custom. Relative paths start at its folder. A field that does not exist is an error, and a wrong value is named with its place.

${fieldTable(plain)}

## Fields with kinds

${sections.join('\n\n')}

## What a command may set

\`set-config\` ([41-commands.md](41-commands.md)) takes these paths. A value is checked by this page's rules, tried in a restart, and taken back when the agent does not come up with it.

${table(
  ['path', 'why it cannot cut the device off'],
  Object.entries(SETTABLE).map(([path, why]) => [`\`${path}\``, why]),
)}
`;
}

/** The fields of an object, nested ones by their path; unions of objects apart. */
function fieldsOf(schema, prefix = '') {
  const plain = [];
  const unions = [];
  for (const [key, field] of Object.entries(schema.properties)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const discriminator = discriminatorOf(field);
    if (discriminator !== undefined) {
      unions.push({ path: name, discriminator, schema: field });
    } else if (field.type === 'object') {
      const inner = fieldsOf(field, name);
      plain.push(...inner.plain);
      unions.push(...inner.unions);
    } else if (field.type === 'array' && field.items.type === 'object') {
      plain.push({ name, field, required: false });
      plain.push(...fieldsOf(field.items, `${name}[]`).plain);
    } else {
      plain.push({ name, field, required: schema.required?.includes(key) && !('default' in field) });
    }
  }
  return { plain, unions };
}

function discriminatorOf(schema) {
  const [first] = schema.anyOf ?? [];
  return Object.keys(first?.properties ?? {}).find((key) =>
    schema.anyOf.every((variant) => variant.properties?.[key]?.const !== undefined),
  );
}

function fieldTable(fields) {
  return table(
    ['field', 'value', 'default', 'meaning'],
    fields.map(({ name, field, required }) => [
      `\`${name}\``,
      describeSchema(field),
      required ? 'required' : 'default' in field ? `\`${JSON.stringify(field.default)}\`` : 'none',
      field.description ?? '',
    ]),
  );
}
