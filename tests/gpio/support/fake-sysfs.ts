import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { compileC } from '../../support/compile-c.js';
import { eventually, TextLines } from './text-lines.js';

/** The header chip of a Raspberry Pi 4 with the base of current systems. */
export const CHIP = 'pinctrl-bcm2711:512:58';

const SOURCES = ['main.c', 'paths.c', 'lines.c', 'control.c'].map((name) => `gpio/fake-sysfs/${name}`);
const program = await compileC('fake-sysfs', SOURCES, [], ['fuse3']);
const isRoot = process.getuid?.() === 0;

/** A namespace of mounts in which a file system in user space is /sys/class/gpio; see fake-sysfs/main.c. */
export class FakeSysfs {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: ((answer: string) => void)[] = [];
  readonly #events: string[] = [];

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#process = child;
    new TextLines(child.stdout, (line) => this.#read(line));
  }

  /**
   * Mounts it for the time of a test.
   *
   * @param chips LABEL:BASE:LINES
   * @throws when this machine does not let it
   */
  static async mount(t: ExecutionContext, ...chips: string[]): Promise<FakeSysfs> {
    const namespace = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
    const child = spawn('unshare', [...namespace, program, ...chips], { stdio: ['pipe', 'pipe', 'pipe'] });
    const complaints = new TextLines(child.stderr);
    const sysfs = new FakeSysfs(child);
    const mounted = new Promise<boolean>((resolve) => {
      sysfs.#answers.push(() => resolve(true));
      child.once('close', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    if (!(await mounted)) {
      throw new Error(
        'The tests of GPIO mount a file system in user space in a namespace of their own. That takes ' +
          '/dev/fuse, open to this user, and either root or user namespaces. It failed here: ' +
          (complaints.all.join('; ') || 'unshare (util-linux) cannot be run'),
      );
    }
    t.teardown(async () => {
      child.stdin.end();
      await once(child, 'close');
    });
    return sysfs;
  }

  /** The command line that runs a program where this file system is mounted. */
  inside(program: string, ...args: string[]): [string, string[]] {
    const namespace = isRoot ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];
    // With its root too: in a chroot the namespace's own root is another one.
    const target = ['--target', `${this.#process.pid}`, '--root'];
    return ['nsenter', [...namespace, ...target, '--', program, ...args]];
  }

  /** Gives a command; see fake-sysfs/main.c. */
  async do(...commands: string[]): Promise<string> {
    const answers = commands.map(() => new Promise<string>((resolve) => this.#answers.push(resolve)));
    this.#process.stdin.write(commands.map((command) => `${command}\n`).join(''));
    const said = await Promise.all(answers);
    const refused = said.find((answer) => answer.startsWith('no '));
    if (refused !== undefined) throw new Error(`The fake sysfs does not understand: ${refused}`);
    return said.join('\n');
  }

  /** How a line is set up: "exported|free in|out LEVEL ACTIVE_LOW EDGE". */
  async show(line: number): Promise<string> {
    return (await this.do(`show ${line}`)).replace(/^= /, '');
  }

  /** What programs have done to lines so far: "export 529", "unexport 529", "pin 529 1", "pin 529 in". */
  async events(after = 0): Promise<readonly string[]> {
    // Its answer comes after all that was said before.
    await this.do('sync');
    return this.#events.slice(after);
  }

  /** Waits for an event that comes after the first so many, and gives the number of events up to it. */
  async event(wanted: string, after = 0): Promise<number> {
    const at = await eventually(() => {
      const found = this.#events.indexOf(wanted, after);
      return found < 0 ? undefined : found;
    });
    return at + 1;
  }

  #read(line: string): void {
    const [, event] = /^\d+\.\d+ (.*)$/.exec(line) ?? [];
    if (event === undefined) this.#answers.shift()?.(line);
    else this.#events.push(event);
  }
}
