import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ProxyMode } from './proxy-mode.js';
import { pump } from './pump.js';

const HOST = '127.0.0.1';

/** The two sockets of a connection through the proxy. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of it vanished: it can never carry a whole stream again. */
  broken: boolean;
  /** One end was taken away without the other being told. */
  half: boolean;
}

/** A TCP proxy on loopback that can be told to behave like a bad line. */
export class LineProxy {
  readonly #target: number;
  readonly #links = new Set<Link>();
  readonly #port: number;
  #server: Server | undefined;
  #mode: ProxyMode = { kind: 'pass' };

  private constructor(target: number, server: Server, port: number) {
    this.#target = target;
    this.#server = server;
    this.#port = port;
    server.on('connection', (client) => this.#take(client));
  }

  /** Starts a proxy on a free port that connects to another port of this machine. */
  static async start(target: number): Promise<LineProxy> {
    const server = await listen(0);
    return new LineProxy(target, server, (server.address() as AddressInfo).port);
  }

  get port(): number {
    return this.#port;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#links.size;
  }

  /** Changes how the line behaves, from now on and for the connections that stand. */
  async set(mode: ProxyMode): Promise<void> {
    const before = this.#mode;
    this.#mode = mode;
    // After a black hole the bytes that vanished are missing in the stream: only a new connection helps.
    if (before.kind === 'blackhole') this.#reset(({ broken, half }) => broken && !half);
    if (mode.kind === 'refuse' || mode.kind === 'cut') this.#reset(() => true);
    if (mode.kind === 'half-open') this.#halve(mode.left);
    if (mode.kind === 'refuse') await this.#stopListening();
    else await this.#startListening();
  }

  /** Ends the proxy and all its connections. */
  async close(): Promise<void> {
    this.#reset(() => true);
    await this.#stopListening();
  }

  #take(client: Socket): void {
    client.on('error', () => client.destroy());
    if (this.#mode.kind === 'cut') return void client.resetAndDestroy();
    const server = connect({ port: this.#target, host: HOST, allowHalfOpen: true, noDelay: true });
    server.on('error', () => server.destroy());
    const link: Link = { client, server, broken: false, half: false };
    this.#links.add(link);
    const mode = (): ProxyMode => (link.half ? { kind: 'blackhole' } : this.#mode);
    const onLost = () => {
      link.broken = true;
    };
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      one.once('close', () => {
        if (mode().kind === 'blackhole') link.broken = true;
        else other.destroy();
        if (other.destroyed) this.#links.delete(link);
      });
      void pump(one, other, mode, onLost);
    }
  }

  #reset(which: (link: Link) => boolean): void {
    for (const link of this.#links) {
      if (!which(link)) continue;
      for (const socket of [link.client, link.server]) socket.resetAndDestroy();
      this.#links.delete(link);
    }
  }

  /** Takes the other end away from every connection; the one that is left hears nothing any more. */
  #halve(left: 'client' | 'server'): void {
    for (const link of this.#links) {
      link.half = true;
      link[left === 'client' ? 'server' : 'client'].resetAndDestroy();
      link[left].resume();
    }
  }

  async #startListening(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = await listen(this.#port);
    this.#server = server.on('connection', (client) => this.#take(client));
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    await once(server, 'close');
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}
