import { InputError } from '@oneface/common/errors/errors';
import { compileValidator } from '@oneface/common/schemas/validator';
import { HealthOptions } from '@oneface/edge/health/health-options';
import test from 'ava';

const validate = compileValidator(HealthOptions, 'config.health');

test('a port may be given, or none at all', (t) => {
  t.notThrows(() => validate({ port: 9464, everySeconds: 60 }));
  t.notThrows(() => validate({ port: false, everySeconds: 5 }));
});

test('a port that cannot be is named in the complaint', (t) => {
  for (const port of [0, 65_536, true, '9464', null]) {
    const error = t.throws(() => validate({ port, everySeconds: 60 }), { instanceOf: InputError });
    t.regex(error?.message ?? '', /^Expected a port from 1 to 65535, or false for config\.health\.port/);
  }
  t.throws(() => validate({ port: 9464, everySeconds: 1 }), { instanceOf: InputError });
});
