import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import type { Sleep } from '../clock/sleep.js';
import { dieWithAgent } from '../processes/die-with-agent.js';

const HOST = '127.0.0.1';
const POLL_MILLISECONDS = 20;
/** Debian keeps mosquitto where only root looks. */
const FURTHER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** A broker to publish to. */
export interface BenchBroker {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts mosquitto on a free port of loopback.
 *
 * @param folder for its configuration
 * @param path folders to look in, as PATH holds them
 * @throws InputError when it is not installed; UnavailableError when it does not start
 */
export async function startMosquitto(
  folder: string,
  path: string | undefined,
  sleep: Sleep,
  signal: AbortSignal,
): Promise<BenchBroker> {
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  await writeFile(config, `listener ${port} ${HOST}\nallow_anonymous true\npersistence false\n`);
  const folders = [...(path === undefined ? [] : [path]), ...FURTHER_FOLDERS].join(delimiter);
  const command = await dieWithAgent('mosquitto', ['-c', config], folders);
  if (command === undefined) {
    throw expected('a broker (or the program mosquitto on this device)', '--broker', undefined);
  }
  // Detached from the terminal: Ctrl-C must not end it before what uses it.
  const child = spawn(command.program, command.args, { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  await answers(port, child, sleep, signal);
  return {
    url: `mqtt://${HOST}:${port}`,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number, child: ChildProcess, sleep: Sleep, signal: AbortSignal): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    signal.throwIfAborted();
    const socket = connect(port, HOST);
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(POLL_MILLISECONDS, signal);
  }
  throw new UnavailableError(`mosquitto ended with ${child.signalCode ?? `status ${child.exitCode}`}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
