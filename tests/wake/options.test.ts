import { compileValidator } from '@oneface/common/schemas/validator';
import { ReportOptions } from '@oneface/edge/presence/report-options';
import { WakeOptions } from '@oneface/edge/wake/wake-options';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import test from 'ava';

const Both = Type.Object({ wake: WakeOptions, report: ReportOptions });
const validate = compileValidator(Both, 'config');
const filled = (given: unknown) => validate(Value.Default(Both, structuredClone(given)));

test('left out, every frame is looked at and presences are reported', (t) => {
  t.deepEqual(filled({}), {
    wake: { mode: 'always' },
    report: { mode: 'presence', confirmFrames: 3, updateSeconds: 30, betterSeconds: 1, leaveSeconds: 3 },
  });
});

test('the defaults of each mode are filled in', (t) => {
  t.deepEqual(filled({ wake: { mode: 'motion' }, report: { mode: 'frames' } }), {
    wake: { mode: 'motion', awakeSeconds: 10, sensitivity: 50 },
    report: { mode: 'frames' },
  });
  t.deepEqual(filled({ wake: { mode: 'trigger', awakeSeconds: 3 } }).wake, {
    mode: 'trigger',
    awakeSeconds: 3,
  });
});

test('the complaint names what is wrong', (t) => {
  const cases: [unknown, string][] = [
    [
      { wake: { mode: 'never' } },
      'Expected one of "always", "motion", "trigger" for config.wake.mode but received "never"',
    ],
    [
      { wake: { mode: 'motion', sensitivity: 0 } },
      'Expected a number from 1 to 100 for config.wake.sensitivity but received 0',
    ],
    [
      { report: { mode: 'frames', leaveSeconds: 3 } },
      'Expected one of mode for a field of config.report but received "leaveSeconds"',
    ],
  ];
  for (const [given, message] of cases) t.is(t.throws(() => filled(given))?.message, message);
});
