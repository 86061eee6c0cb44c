import { mkdtemp, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { errorCode } from '../files/error-code.js';
import { replaceStateFile } from '../files/state-file.js';
import type { ClockHealth } from '../health/health-sources.js';
import type { OutboxState } from '../outbox/outbox.js';
import type { Check, CheckResult } from './diagnose.js';

const MIB = 1024 * 1024;
/** Less free disk than this leaves no room for the outbox and the system's own logs. */
const LEAST_FREE_DISK = 64 * MIB;
/** With less, Linux begins to end processes. */
const LEAST_FREE_MEMORY = 32 * MIB;
/** The agent stays below 130 MiB with Node 20 and 150 with Node 24; beyond this something grows. */
const MOST_RESIDENT = 200 * MIB;
/** From here on a Raspberry Pi slows down to keep cool. */
const HOT_CELSIUS = 80;

/** Whether the time can be trusted. A machine that does not say is taken at its word. */
export function clockCheck(time: () => ClockHealth, now: () => number): Check {
  return async () => {
    const { quality, jumps } = time();
    const detail = `${quality}, ${new Date(now()).toISOString()}, ${jumps} jumps since the start`;
    return { ok: quality !== 'unsynchronised', detail };
  };
}

/**
 * Whether the state folder can be written and has room.
 *
 * @param outbox how the outbox is; left out where there is none
 */
export function diskCheck(folder: string, outbox?: () => OutboxState): Check {
  return async () => {
    const free = await freeBytes(folder);
    if (free === undefined) {
      if (outbox !== undefined) throw new UnavailableError(`The state folder ${folder} cannot be found`);
      await requirePlaceFor(folder);
      return { ok: true, detail: 'the agent has not been started yet' };
    }
    await writeProbe(folder);
    const room = `${mib(free)} free`;
    if (outbox === undefined) return { ok: free >= LEAST_FREE_DISK, detail: room };
    const { kept, messages, dropped } = outbox();
    const lost = dropped.health + dropped.reply + dropped.event;
    const waiting = `${messages} messages wait, ${lost} dropped since the start`;
    return {
      ok: free >= LEAST_FREE_DISK && kept && dropped.event === 0,
      detail: `${room}, ${waiting}${kept ? '' : ', events are in memory only'}`,
    };
  };
}

/**
 * @param resident memory of the agent, in bytes
 * @param available what a process can still have, in bytes
 */
export function memoryCheck(resident: () => number, available: () => number): Check {
  return async () => {
    const [own, free] = [resident(), available()];
    const ok = own <= MOST_RESIDENT && free >= LEAST_FREE_MEMORY;
    return { ok, detail: `the agent takes ${mib(own)}, ${mib(free)} are left` };
  };
}

/** @param temperature of the processor in degrees Celsius; undefined where there is no sensor */
export function temperatureCheck(temperature: () => Promise<number | undefined>): Check {
  return async (): Promise<CheckResult> => {
    const celsius = await temperature();
    if (celsius === undefined) return { ok: true, detail: 'no sensor' };
    return { ok: celsius < HOT_CELSIUS, detail: `${celsius.toFixed(1)} °C` };
  };
}

/** Undefined when there is no such folder. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw new UnavailableError(`The state folder ${folder} cannot be read`, { cause });
  }
}

/** The agent will make the folder, so another one must be possible in the nearest one that is there. */
async function requirePlaceFor(folder: string): Promise<void> {
  let above = dirname(folder);
  while ((await freeBytes(above)) === undefined) above = dirname(above);
  try {
    await rmdir(await mkdtemp(join(above, 'oneface-')));
  } catch (cause) {
    throw new UnavailableError(`The state folder ${folder} cannot be made`, { cause });
  }
}

/** Only a write shows that a disk has become read-only. */
async function writeProbe(folder: string): Promise<void> {
  const probe = join(folder, 'disk-check');
  try {
    await replaceStateFile(probe, Buffer.from('written by a check of the disk\n'));
    await rm(probe);
  } catch (cause) {
    throw new UnavailableError(`The state folder ${folder} cannot be written`, { cause });
  }
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
