import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '@oneface/common/errors/errors';

const HOST = '127.0.0.1';
const POLL_MILLISECONDS = 20;

/**
 * mosquitto on loopback. Sessions and messages outlive a stop: it is ended in order, which makes it write
 * them to its disk, so whatever it acknowledged is delivered after the next start.
 */
export class Mosquitto {
  readonly port: number;
  readonly #config: string;
  readonly #log: number;
  #child: ChildProcess | undefined;

  private constructor(port: number, config: string, log: number) {
    this.port = port;
    this.#config = config;
    this.#log = log;
  }

  /**
   * Writes the configuration and starts it.
   *
   * @param folder for its configuration and its database
   * @throws UnavailableError when it cannot be started
   */
  static async start(port: number, folder: string, log: string): Promise<Mosquitto> {
    await mkdir(folder, { recursive: true });
    const config = join(folder, 'mosquitto.conf');
    const lines = [
      `listener ${port} ${HOST}`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder}/`,
      `user ${userInfo().username}`,
      // Without limits: a full queue is no fault of the agent.
      'max_queued_messages 0',
      'max_queued_bytes 0',
      'log_type error',
      'log_type warning',
      'log_type notice',
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    const broker = new Mosquitto(port, config, openSync(log, 'a'));
    await broker.resume();
    return broker;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it again after a stop, with what it kept, and waits until it answers. */
  async resume(): Promise<void> {
    // Debian keeps it in a folder that is not in every user's path.
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
    // Detached from the terminal: Ctrl-C must not end it before what uses it.
    const child = spawn('mosquitto', ['-c', this.#config], {
      env,
      stdio: ['ignore', this.#log, this.#log],
      detached: true,
    });
    const failed = once(child, 'error').then(([cause]) => {
      throw new UnavailableError('Expected the program mosquitto for the broker but received none', {
        cause,
      });
    });
    await Promise.race([answers(this.port, child), failed]);
    this.#child = child;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(port, HOST);
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await delay(POLL_MILLISECONDS);
  }
  throw new UnavailableError(`mosquitto ended with ${child.signalCode ?? `status ${child.exitCode}`}`);
}
