import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { BAD, finalReplies, GOOD, type KillPoint, live, OLD } from './agent-life.js';

const CHILD = fileURLToPath(new URL('agent-child.js', import.meta.url));
/** Longer than the life of a command, in milliseconds. */
const LATEST_KILL = 40;
const RANDOM_KILLS = 5;

/** Runs the agent in a process of its own. */
function startChild(folder: string, value: number, kill?: KillPoint) {
  const moment = kill === undefined ? [] : [String(kill.change), kill.halfway ? 'halfway' : 'after'];
  const child = spawn(process.execPath, [CHILD, folder, String(value), ...moment], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, ended: once(child, 'exit') };
}

/**
 * Goes on after a kill: every start goes by the old or the new value, the command has one final answer, which
 * may come twice with the same bytes, and the agent is left with the value that it names.
 */
async function proveOneEnd(
  t: ExecutionContext,
  folder: string,
  value: number,
  moment: string,
  kills = 1,
): Promise<void> {
  const seen: number[] = [];
  await live(folder, value, (perSecond) => seen.push(perSecond));
  await live(folder, value, (perSecond) => seen.push(perSecond));
  t.true(
    seen.every((perSecond) => perSecond === OLD || perSecond === value),
    `${moment}: ${seen}`,
  );
  const finals = finalReplies(folder);
  const [final] = finals;
  // A kill between an answer and the note that it was given has the next start give it again.
  t.true(finals.length >= 1 && finals.length <= 1 + kills, `${moment}: ${finals.length}`);
  for (const again of finals) t.deepEqual(again, final, moment);
  t.is(seen.at(-1), final?.state === 'successful' ? value : OLD, moment);
}

for (const [title, value] of [
  ['a good value', GOOD],
  ['a value with which the agent does not come up', BAD],
] as const) {
  test(`killed at any change of the disk, a set-config of ${title} comes to exactly one end`, async (t) => {
    const ends = new Set<string>();
    for (let change = 0; ; change++) {
      for (const kill of [
        { change, halfway: true },
        { change: change + 1, halfway: false },
      ]) {
        const folder = await temporaryFolder(t);
        const [code, signal] = await startChild(folder, value, kill).ended;
        if (signal === null) {
          // There are no more changes.
          t.is(code, 0);
          t.true(kill.halfway && change > 8, `${change} changes`);
          t.deepEqual([...ends].sort(), value === GOOD ? ['failed', 'successful'] : ['failed']);
          return;
        }
        t.is(signal, 'SIGKILL');
        await proveOneEnd(t, folder, value, JSON.stringify(kill));
        for (const { state } of finalReplies(folder)) ends.add(state);
      }
    }
  });
}

test('killed again and again at random moments, a set-config comes to exactly one end', async (t) => {
  const seed = Date.now();
  t.log(`seed ${seed}`);
  const random = randomAt(seed, 'kill');
  const folder = await temporaryFolder(t);
  for (let kill = 0; kill < RANDOM_KILLS; kill++) {
    const { child, ended } = startChild(folder, GOOD);
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, random() * LATEST_KILL));
    child.kill('SIGKILL');
    await ended;
  }
  await proveOneEnd(t, folder, GOOD, 'random moments', RANDOM_KILLS);
});
