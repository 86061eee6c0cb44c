import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Linux shows its thermal sensors: https://docs.kernel.org/driver-api/thermal/sysfs-api.html */
export const THERMAL_FOLDER = '/sys/class/thermal';

/** Names of a processor's sensor: "cpu-thermal" on a Raspberry Pi, "x86_pkg_temp" on a PC, and the like. */
const PROCESSOR = /cpu|soc|x86_pkg/i;

const MILLIDEGREES = 1000;

/**
 * Reads the temperature of the processor: of the first sensor that is named like one, else of the first.
 *
 * @param folder as `THERMAL_FOLDER`
 * @returns degrees Celsius; undefined when there is no sensor or it does not answer
 */
export async function readTemperature(folder: string = THERMAL_FOLDER): Promise<number | undefined> {
  const names = (await answerOf(readdir(folder))) ?? [];
  const zones = names.filter((name) => /^thermal_zone\d+$/.test(name)).sort(byNumber);
  const kinds = await Promise.all(
    zones.map((zone) => answerOf(readFile(join(folder, zone, 'type'), 'utf8'))),
  );
  const best = zones[kinds.findIndex((kind) => kind !== undefined && PROCESSOR.test(kind))] ?? zones[0];
  if (best === undefined) return undefined;
  const text = (await answerOf(readFile(join(folder, best, 'temp'), 'utf8')))?.trim() ?? '';
  return /^-?\d+$/.test(text) ? Number(text) / MILLIDEGREES : undefined;
}

function byNumber(one: string, other: string): number {
  return Number(one.replace(/\D/g, '')) - Number(other.replace(/\D/g, ''));
}

/** A sensor that is asleep or gone answers with an error of the system: it is not there, then. */
async function answerOf<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
