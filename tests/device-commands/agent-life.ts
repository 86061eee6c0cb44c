import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { validateReply } from '@oneface/common/commands/parse';
import type { Reply } from '@oneface/common/commands/reply';
import { sleep } from '@oneface/edge/clock/sleep';
import { type ReplaceStateFile, replaceStateFile } from '@oneface/edge/files/state-file';
import { startRig } from './rig.js';

/** The value of the file, and those that the command sets. */
export const OLD = 5;
export const GOOD = 7;
/** The agent does not come up with it. */
export const BAD = 9;

const SENT = 'replies.jsonl';
const PROBATION = { well: 4, latest: 10_000, look: 1 };
const MOST_STARTS = 8;

/** A moment at which a process is killed: after so many changes of the disk, or halfway through the next. */
export interface KillPoint {
  readonly change: number;
  readonly halfway: boolean;
}

/** The command whose life is watched. */
export function setCommand(value: number) {
  return { schemaVersion: 1, id: 'set-the-rate', command: 'set-config', path: 'frames.perSecond', value };
}

/** The replies that were sent so far, as they stand in the file that takes the place of the outbox. */
export function sentReplies(folder: string): string[] {
  const file = join(folder, SENT);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** Final replies that are no repetition of an earlier one. */
export function finalReplies(folder: string): Reply[] {
  return sentReplies(folder)
    .map((line) => validateReply(JSON.parse(line)))
    .filter((reply) => reply.state === 'successful' || reply.state === 'failed')
    .filter((reply) => !('repeated' in reply));
}

/**
 * Starts the agent over and over, as whoever watches over it would, until the command has its final answer.
 * The broker gives the command to each start, as if none had acknowledged it.
 *
 * @param onStart told the value that each start goes by
 * @param kill where this process kills itself
 */
export async function live(
  folder: string,
  value: number,
  onStart: (perSecond: number) => void,
  kill?: KillPoint,
): Promise<void> {
  const disk = countChanges(kill);
  for (let start = 0; start < MOST_STARTS; start++) {
    onStart(await liveOnce(folder, value, disk));
    if (finalReplies(folder).length > 0) return;
  }
}

/** One start of the agent, to its end. Returns the value that it went by. */
async function liveOnce(folder: string, value: number, disk: Disk): Promise<number> {
  const rig = await startRig(folder, {
    replace: disk.replace,
    up: ({ frames }) => frames.perSecond !== BAD,
    parts: {
      probation: PROBATION,
      reply: async ({ payload }) => disk.append(join(folder, SENT), `${payload}\n`),
    },
  });
  const { perSecond } = rig.config.frames;
  if (perSecond === BAD) return perSecond;
  await rig.send(setCommand(value));
  while (rig.calls.length === 0 && finalReplies(folder).length === 0)
    await sleep(1, new AbortController().signal);
  await rig.handler.close();
  return perSecond;
}

interface Disk {
  readonly replace: ReplaceStateFile;
  append(file: string, line: string): void;
}

/** The real disk, with a kill at one of its changes. */
function countChanges(kill: KillPoint | undefined): Disk {
  let changes = 0;
  const due = (halfway: boolean) => kill?.change === changes && kill.halfway === halfway;
  const die = () => process.kill(process.pid, 'SIGKILL');
  return {
    async replace(path, bytes) {
      if (due(true)) {
        writeFileSync(join(dirname(path), `.${basename(path)}.partial`), bytes.subarray(0, bytes.length / 2));
        die();
      }
      await replaceStateFile(path, bytes);
      changes += 1;
      if (due(false)) die();
    },
    append(file, line) {
      if (due(true)) die();
      const handle = openSync(file, 'a');
      appendFileSync(handle, line);
      fsyncSync(handle);
      closeSync(handle);
      changes += 1;
      if (due(false)) die();
    },
  };
}
