import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTemperature } from '@oneface/edge/health/temperature';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A folder with sensors of these types and readings; undefined is a sensor without that file. */
async function sensors(
  t: ExecutionContext,
  ...zones: [type: string | undefined, temp: string | undefined][]
) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'cooling_device0'));
  for (const [index, [type, temp]] of zones.entries()) {
    const zone = join(folder, `thermal_zone${index}`);
    await mkdir(zone);
    if (type !== undefined) await writeFile(join(zone, 'type'), `${type}\n`);
    if (temp !== undefined) await writeFile(join(zone, 'temp'), `${temp}\n`);
  }
  return folder;
}

test("a Raspberry Pi's processor is read in degrees", async (t) => {
  t.is(await readTemperature(await sensors(t, ['cpu-thermal', '48312'])), 48.312);
});

test('the sensor that is named like a processor wins, else the first', async (t) => {
  t.is(await readTemperature(await sensors(t, ['acpitz', '20000'], ['x86_pkg_temp', '61000'])), 61);
  t.is(await readTemperature(await sensors(t, ['battery', '-5500'], ['wifi', '40000'])), -5.5);
});

test('the third sensor comes before the eleventh', async (t) => {
  const none: [undefined, undefined] = [undefined, undefined];
  const others = Array.from({ length: 8 }, () => none);
  const folder = await sensors(t, none, none, ['cpu-a', '30000'], ...others, ['cpu-b', '40000']);
  t.is(await readTemperature(folder), 30);
});

test('a machine without a sensor, or with one that does not answer, has no temperature', async (t) => {
  t.is(await readTemperature(join(await temporaryFolder(t), 'nothing')), undefined);
  t.is(await readTemperature(await sensors(t)), undefined);
  t.is(await readTemperature(await sensors(t, ['cpu-thermal', undefined])), undefined);
  t.is(await readTemperature(await sensors(t, ['cpu-thermal', ''])), undefined);
  t.is(await readTemperature(await sensors(t, ['cpu-thermal', 'hot'])), undefined);
});

test('this machine can be asked', async (t) => {
  const celsius = await readTemperature();
  t.true(celsius === undefined || (celsius > -50 && celsius < 150));
});
