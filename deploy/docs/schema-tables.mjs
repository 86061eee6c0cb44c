import { describeSchema } from '@oneface/common/schemas/validator';

/**
 * Lists the fields of an object schema, nested ones by their path ("face.parts[].name"). An object whose
 * fields need no words of their own, such as a point, is one row.
 *
 * @returns {{ path: string, type: string, optional: boolean, description: string }[]}
 */
export function fieldsOf(schema, path = '') {
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const row = {
      path: here,
      type: isPlain(field) ? `{${Object.keys(field.properties).join(', ')}}` : describeSchema(field),
      optional: !(schema.required ?? []).includes(name),
      description: field.description ?? '',
    };
    if (isPlain(field)) return [row];
    if (field.type === 'object' && field.properties) return fieldsOf(field, here);
    if (field.type === 'array' && field.items.type === 'object') {
      return [row, ...fieldsOf(field.items, `${here}[]`)];
    }
    return [row];
  });
}

function isPlain(field) {
  const inner = Object.values(field.properties ?? {});
  const isFigure = ({ type, description }) =>
    (type === 'number' || type === 'integer') && description === undefined;
  return inner.length > 0 && inner.every(isFigure);
}

/** Writes fields as a Markdown table. */
export function fieldTable(fields) {
  const rows = fields.map(({ path, type, optional, description }) => [
    `\`${path}\``,
    optional ? `${type}; optional` : type,
    description,
  ]);
  return table(['field', 'value', 'meaning'], rows);
}

/** Writes a Markdown table, its columns aligned as the formatter wants them. */
export function table(headers, rows) {
  const lines = [headers, ...rows].map((cells) => cells.map((text) => text.replaceAll('|', '\\|')));
  const widths = headers.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(lines[0]), rule, ...lines.slice(1).map(line)].join('\n');
}

/** The fields that all variants of a union have alike, and what is each variant's own. */
export function splitVariants(union) {
  const all = union.anyOf.map((variant) => fieldsOf(variant));
  const text = (field) => JSON.stringify(field);
  const [first, ...others] = all.map((fields) => new Set(fields.map(text)));
  const shared = new Set([...first].filter((field) => others.every((other) => other.has(field))));
  return {
    common: all[0].filter((field) => shared.has(text(field))),
    variants: union.anyOf.map((variant, index) => ({
      description: variant.description,
      fields: all[index].filter((field) => !shared.has(text(field))),
    })),
  };
}
