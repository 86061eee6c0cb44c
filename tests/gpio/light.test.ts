import { UnavailableError } from '@oneface/common/errors/errors';
import { Light } from '@oneface/edge/gpio/light';
import { createLogger } from '@oneface/edge/logging/logger';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';

/** A light whose switches are noted with their times; `fault` is thrown by each once it is set. */
function recordedLight() {
  const time = new SimulatedTime();
  const switches: string[] = [];
  const lines: string[] = [];
  const broken: { fault?: Error } = {};
  const log = createLogger({
    level: 'info',
    format: 'json',
    now: () => 0,
    write: (line) => lines.push(line),
  });
  const note = async (what: string) => {
    switches.push(`${time.clock.monotonic()} ${what}`);
    if (broken.fault) throw broken.fault;
  };
  const line = { set: (on: boolean) => note(on ? 'on' : 'off'), close: () => note('closed') };
  return { light: new Light(line, time.sleep, log), time, switches, lines, broken };
}

test('the light blinks twice a second for its time and is off afterwards', async (t) => {
  const { light, time, switches } = recordedLight();
  await light.blink(1);
  t.deepEqual(switches, ['0 on'], 'it has begun when the command is answered');
  await time.pass(5000);
  t.deepEqual([...new Set(switches)], ['0 on', '250 off', '500 on', '750 off', '1000 off']);
});

test('a second command takes the place of the first', async (t) => {
  const { light, time, switches } = recordedLight();
  await light.blink(60);
  await time.pass(600);
  await Promise.all([light.blink(60), light.blink(0.5)]);
  await time.pass(60_000);
  t.is(switches.at(-1)?.split(' ')[1], 'off');
  t.true(Number(switches.at(-1)?.split(' ')[0]) <= 1100);
});

test('a light that is closed while it blinks is off', async (t) => {
  const { light, time, switches } = recordedLight();
  await light.blink(60);
  await time.pass(600);
  await light.close();
  t.deepEqual(switches.slice(-2), ['600 off', '600 closed']);
});

test('a light that fails while it blinks is logged; the next command fails', async (t) => {
  const { light, time, lines, broken } = recordedLight();
  await light.blink(60);
  broken.fault = new UnavailableError('the line is gone');
  await time.pass(1000);
  t.like(JSON.parse(lines[0] ?? ''), { level: 'error', error: 'the line is gone' });
  await t.throwsAsync(light.blink(1), { is: broken.fault });
  await t.throwsAsync(light.close(), { is: broken.fault });
});
