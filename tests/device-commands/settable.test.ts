import { InputError } from '@oneface/common/errors/errors';
import { parseConfig } from '@oneface/edge/config/load-config';
import { applyOverrides, withOverride } from '@oneface/edge/config/overrides';
import { AgentConfig } from '@oneface/edge/config/schema';
import { SETTABLE } from '@oneface/edge/config/settable';
import test from 'ava';
import fc from 'fast-check';
import { CONFIG } from './rig.js';

const PATHS = Object.keys(SETTABLE);
/** Parts of a configuration that hold a setting. */
const OPEN = new Set(PATHS.map((path) => path.split('.')[0]));

test('every settable path is one of the configuration', (t) => {
  for (const path of PATHS) {
    let schemas: { properties?: Record<string, object>; anyOf?: object[] }[] = [AgentConfig];
    for (const step of path.split('.')) {
      schemas = schemas
        .flatMap((schema) => [schema, ...(schema.anyOf ?? [])] as typeof schemas)
        .flatMap(({ properties }) => (properties?.[step] === undefined ? [] : [properties[step]]));
    }
    t.true(schemas.length > 0, path);
  }
});

test('whatever is set, the device keeps its name, its broker, its keys, its files, its ports and its pins', (t) => {
  const config = parseConfig(CONFIG, '/etc/oneface');
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer({ min: -1, max: 100 }),
    fc.constantFrom(
      'debug',
      'error',
      { mode: 'always' },
      { mode: 'frames' },
      { mode: 'trigger', awakeSeconds: 5 },
    ),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(fc.constantFrom(...PATHS), fc.string()), value)), (settings) => {
      let overrides = {};
      for (const [path, set] of settings) overrides = withOverride(overrides, path, set);
      let changed: AgentConfig;
      try {
        changed = parseConfig(applyOverrides(config, overrides), '/etc/oneface');
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return;
      }
      accepted += 1;
      for (const part of Object.keys(config) as (keyof AgentConfig)[]) {
        if (!OPEN.has(part)) t.deepEqual(changed[part], config[part]);
      }
      t.is(changed.health.port, config.health.port);
      t.is(changed.frames.limit, config.frames.limit);
      t.deepEqual(Object.keys(changed).sort(), Object.keys(config).sort());
    }),
    { numRuns: 500 },
  );
  t.true(accepted > 20, `${accepted} accepted`);
  t.deepEqual(config, parseConfig(CONFIG, '/etc/oneface'));
});

test('a configuration with its defaults is read as it was', (t) => {
  const config = parseConfig(CONFIG, '/etc/oneface');
  t.deepEqual(parseConfig(config, '/etc/oneface'), config);
});

test('a value for a whole part takes the place of those within it, and later ones go over it', (t) => {
  let overrides = withOverride({}, 'report.leaveSeconds', 9);
  overrides = withOverride(overrides, 'reporting', 1);
  overrides = withOverride(overrides, 'report', { mode: 'presence', leaveSeconds: 5 });
  t.deepEqual(overrides, { reporting: 1, report: { mode: 'presence', leaveSeconds: 5 } });
  overrides = withOverride(overrides, 'report.leaveSeconds', 7);
  t.like(applyOverrides(parseConfig(CONFIG, '/'), overrides), { report: { leaveSeconds: 7 } });
  t.deepEqual(withOverride(overrides, 'report', null), { reporting: 1 });
});
