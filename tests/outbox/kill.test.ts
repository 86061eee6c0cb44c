import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The long form: ONEFACE_KILLS=1000 npx ava tests/outbox/kill.test.ts */
const KILLS = Number(process.env.ONEFACE_KILLS ?? 25);
const CHILD = fileURLToPath(new URL('support/kill-child.js', import.meta.url));
/** Milliseconds that a process has at most before the outbox is open, and from then on. */
const LONGEST_OPENING = 60;
const LONGEST_WORK = 300;
/** Every so many processes, one is killed while it opens the outbox. */
const OPENING_EVERY = 4;
const MILLISECONDS_PER_LIFE = 5000;

interface Life {
  readonly lines: readonly string[];
  readonly complaints: string;
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
}

type Says = (what: 'begun' | 'open') => Promise<void>;

async function live(
  folder: string,
  name: string,
  more: readonly string[],
  end: (child: ChildProcess, says: Says) => Promise<void>,
): Promise<Life> {
  const out = join(folder, 'out');
  const err = join(folder, 'err');
  const files = [await open(out, 'w'), await open(err, 'w')];
  const child = spawn(process.execPath, [CHILD, join(folder, 'outbox'), name, ...more], {
    stdio: ['ignore', files[0].fd, files[1].fd, 'pipe'],
  });
  const ended = once(child, 'exit');
  const pipe = child.stdio[3] as Readable;
  let said = '';
  pipe.on('data', (chunk) => {
    said += chunk;
  });
  await end(child, async (what) => {
    while (!said.includes(what)) await once(pipe, 'data');
  });
  const [status, signal] = await ended;
  for (const file of files) await file.close();
  const text = await readFile(out, 'utf8');
  return { lines: text.split('\n').slice(0, -1), complaints: await readFile(err, 'utf8'), status, signal };
}

/** What all lives together have said. */
class Book {
  readonly added = new Set<string>();
  readonly numbers = new Map<string, string>();
  readonly events = new Map<string, string>();
  readonly settled = new Set<string>();
  repeats = 0;

  enter(t: ExecutionContext, lines: readonly string[]): void {
    for (const line of lines) {
      const [what, id, log, sequence] = line.split(' ');
      if (what === 'added') this.added.add(id);
      else if (what === 'settled') this.settled.add(id);
      else if (what === 'seen') this.#see(t, id, `${log} ${sequence}`);
      else t.is(line, 'dropped 0');
    }
  }

  #see(t: ExecutionContext, id: string, number: string): void {
    const before = this.events.get(id);
    if (before !== undefined) {
      this.repeats += 1;
      if (before !== number) t.fail(`event ${id} came as ${before} and as ${number}`);
    }
    const other = this.numbers.get(number);
    if (other !== undefined && other !== id) t.fail(`number ${number} was given to ${other} and to ${id}`);
    this.events.set(id, number);
    this.numbers.set(number, id);
  }
}

test(`a process killed ${KILLS} times at random moments loses no event, repeats none under another number and leaves none out`, async (t) => {
  t.timeout(KILLS * MILLISECONDS_PER_LIFE + 60_000);
  const folder = await temporaryFolder(t);
  const book = new Book();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const sync = kill % 3 === 0 ? 'interval' : 'always';
    const life = await live(folder, String(kill), [sync], async (child, says) => {
      const isOpening = kill % OPENING_EVERY === 0;
      await says(isOpening ? 'begun' : 'open');
      await delay(Math.random() * (isOpening ? LONGEST_OPENING : LONGEST_WORK));
      child.kill('SIGKILL');
    });
    t.is(life.signal, 'SIGKILL', life.complaints);
    t.is(life.complaints, '');
    book.enter(t, life.lines);
  }
  const last = await live(folder, 'last', ['always', 'drain'], async () => {});
  t.is(last.status, 0, last.complaints);
  t.is(last.complaints, '');
  book.enter(t, last.lines);

  const lost = [...book.added].filter((id) => !book.events.has(id));
  t.deepEqual(lost, []);
  const logs = new Set([...book.numbers.keys()].map((number) => number.split(' ')[0]));
  t.is(logs.size, 1);
  const highest = Math.max(...[...book.numbers.keys()].map((number) => Number(number.split(' ')[1])));
  t.is(book.numbers.size, highest);
  t.true(book.added.size > KILLS);
  t.log(`${KILLS} kills, ${book.added.size} events taken, ${highest} delivered, ${book.repeats} repeats`);
});
