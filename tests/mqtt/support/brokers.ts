import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';

/** A real broker on loopback. */
export interface TestBroker {
  readonly port: number;
  /** Ends the broker; connections break. */
  stop(): Promise<void>;
}

export interface Mosquitto extends TestBroker {
  /** Reads its rules of access again. */
  reload(): void;
}

/** Starts the embedded broker (MQTT 3.1.1 only). */
export async function startAedes(): Promise<TestBroker> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      await new Promise<void>((resolve) => broker.close(resolve));
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Starts mosquitto, which set-up installs.
 *
 * @param settings further lines of its configuration
 */
export async function startMosquitto(port: number, settings: readonly string[] = []): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-mosquitto-'));
  const file = join(folder, 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'user root'];
  await writeFile(file, `${[...lines, ...settings].join('\n')}\n`);
  // Debian keeps it in a folder that only root searches.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
  const child = spawn('mosquitto', ['-c', file], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await answers(port, child);
  return {
    port,
    reload: () => void child.kill('SIGHUP'),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** A port of loopback that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await delay(20);
  }
  throw new Error(`mosquitto ended with exit code ${child.exitCode}`);
}
