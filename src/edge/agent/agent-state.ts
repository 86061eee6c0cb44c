import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { createAskKernel, createClockSync } from '../clock/clock-sync.js';
import { createFloorFile } from '../clock/time-floor.js';
import { createTimeKeeper, type TimeKeeper } from '../clock/time-keeper.js';
import { type CommandJournal, openCommandJournal } from '../commands/journal.js';
import { OverrideStore } from '../config/override-store.js';
import type { AgentConfig } from '../config/schema.js';
import { errorCode } from '../files/error-code.js';
import { countStart } from '../health/count-start.js';
import type { Logger } from '../logging/logger.js';
import { systemDisk } from '../outbox/disk.js';
import { openDurableOutbox } from '../outbox/durable-outbox.js';
import { type FolderLock, lockFolder } from '../outbox/folder-lock.js';
import type { Outbox } from '../outbox/outbox.js';
import type { AgentWorld } from './agent-world.js';

/** What the agent keeps over restarts, in the folder `state` of its configuration. */
export interface AgentState {
  readonly time: TimeKeeper;
  readonly outbox: Outbox;
  readonly journal: CommandJournal;
  /** Starts of the agent since the folder was made, this one included. */
  readonly starts: number;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Names in the state folder. */
const FILES = {
  outbox: 'outbox',
  journal: 'commands.json',
  overrides: 'settings.json',
  floor: 'last-good-time.json',
  starts: 'starts.json',
} as const;

/**
 * Makes the state folder if there is none. Only the agent's user may enter it.
 *
 * @throws InputError when it cannot be made
 */
export async function makeStateFolder(folder: string): Promise<void> {
  try {
    await systemDisk.makeFolder(folder);
    if ((await stat(folder)).isDirectory()) return;
  } catch (cause) {
    throw expected('a folder that can be made', 'config.state', folder, { cause });
  }
  throw expected('a folder', 'config.state', folder);
}

/**
 * Takes the state folder for this process, before anything in it is changed: a second agent would count its
 * starts as those of the first and take back the settings that the first one tries.
 *
 * @returns undefined when nobody can tell whether another process has it: the agent goes on without
 * @throws UnavailableError when another process has it
 */
export async function lockState(folder: string, log: Logger): Promise<FolderLock | undefined> {
  let lock: FolderLock | undefined;
  try {
    lock = await lockFolder(folder);
  } catch (error) {
    if (!(error instanceof UnavailableError) && errorCode(error) === undefined) throw error;
    log.error('the state folder cannot be locked', { error });
    return undefined;
  }
  if (lock === undefined)
    throw new UnavailableError(`The state folder ${folder} is in use by another process`);
  return lock;
}

/** Reads the settings that were made by command. */
export function openOverrides(folder: string, log: Logger): Promise<OverrideStore> {
  return OverrideStore.open(join(folder, FILES.overrides), log);
}

/** Reads the last good time. */
export function openTimeKeeper(
  folder: string,
  { clock, sleep, env }: Pick<AgentWorld, 'clock' | 'sleep' | 'env'>,
  log: Logger,
): Promise<TimeKeeper> {
  const store = createFloorFile(join(folder, FILES.floor), log);
  return createTimeKeeper({ clock, store, sync: createClockSync(createAskKernel(env)), sleep, log });
}

/** Opens what is kept. The caller closes the outbox. */
export async function openAgentState(
  config: Pick<AgentConfig, 'state' | 'outbox'>,
  world: AgentWorld,
  log: Logger,
): Promise<AgentState> {
  const path = (name: keyof typeof FILES) => join(config.state, FILES[name]);
  const { clock, sleep, randomBytes } = world;
  const starts = await countStart(path('starts'), log);
  const time = await openTimeKeeper(config.state, world, log);
  const journal = await openCommandJournal(path('journal'), log);
  const { maxBytes, maxDays, sync } = config.outbox;
  const outbox = await openDurableOutbox(
    { folder: path('outbox'), maxBytes, sync, maxAge: maxDays * DAY_MILLISECONDS },
    { clock, sleep, randomBytes, trustedNow: () => time.trustedNow(), log },
  );
  return { time, outbox, journal, starts };
}
