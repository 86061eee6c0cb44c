import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import { AgentConfig } from '@oneface/edge/config/schema';
import { PRESETS } from '@oneface/trainer/pipeline/presets';
import { STAGES } from '@oneface/trainer/pipeline/stage-table';
import { KindGuard, type TSchema } from '@sinclair/typebox';
import test from 'ava';
import { page, tableRows } from './pages.js';

const training = page('docs/10-train.md');

test('the page about the agent lists every field of its configuration, with its default', (t) => {
  const documented: Record<string, string> = {};
  for (const [fields = '', defaults = ''] of tableRows(page('docs/20-edge-agent.md'), 'field')) {
    const names = fields.split(', ');
    const values = names.length === 1 ? [defaults] : defaults.split(', ');
    for (const [index, name] of names.entries()) {
      documented[plain(name)] = plain(values[index] ?? values[0] ?? '');
    }
  }
  const fields = fieldsOf(AgentConfig, '');
  t.deepEqual(Object.keys(documented).sort(), [...fields.keys()].sort());
  for (const [name, { required, fallback }] of fields) {
    if (fallback !== undefined) t.is(documented[name], String(fallback), name);
    else t.is(documented[name] === 'required', required, name);
  }
});

interface Field {
  readonly required: boolean;
  readonly fallback: unknown;
}

/** The fields that hold a value, by their paths; those of a source stand once for all its kinds. */
function fieldsOf(schema: TSchema, prefix: string): Map<string, Field> {
  const variants = KindGuard.IsUnion(schema) ? schema.anyOf : [schema];
  const fields = new Map<string, Field>();
  for (const variant of variants) {
    for (const [name, value] of Object.entries<TSchema>(variant.properties)) {
      const path = `${prefix}${name}`;
      const nested = KindGuard.IsObject(value) || path === 'source';
      const required = variant.required?.includes(name) === true;
      if (nested) for (const [key, field] of fieldsOf(value, `${path}.`)) fields.set(key, field);
      else if (!fields.has(path)) fields.set(path, { required, fallback: value.default });
    }
  }
  return fields;
}

function plain(cell: string): string {
  return cell.replaceAll('`', '');
}

test('the page about training lists the stages in their order, and names the presets', (t) => {
  const listed = tableRows(training, 'stage').map(([name = '']) => plain(name));
  t.deepEqual(
    listed,
    STAGES.map(({ name }) => name),
  );
  for (const name of Object.keys(PRESETS)) t.true(training.prose.includes(`\`${name}\``), name);
});

test('the page about training numbers the classes as the class sets do', (t) => {
  const rows = tableRows(training, 'number');
  for (const [column, id] of (['face-10', 'face-3'] satisfies ClassSetId[]).entries()) {
    const names = rows.map((row) => row[column + 1]).filter((name) => name !== '');
    t.deepEqual(
      names,
      classSet(id).classes.map(({ name }) => name),
    );
  }
  t.deepEqual(
    rows.map(([number]) => number),
    rows.map((_, index) => String(index)),
  );
});
