import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { loadSoak } from './soak-modules.js';

const { LineProxy } = await loadSoak<typeof import('../../deploy/soak/proxy.js')>('proxy');

/** Long enough for bytes that may pass to arrive. */
const A_WHILE = 150;

interface Line {
  readonly proxy: Awaited<ReturnType<typeof LineProxy.start>>;
  /** Sockets that the server took, in turn. */
  readonly taken: Socket[];
  /** Connects through the proxy and waits until the server has taken the connection. */
  open(): Promise<{ client: Socket; server: Socket }>;
  /** Connects through the proxy. */
  dial(): Socket;
}

/** A server that echoes nothing by itself, behind a proxy. */
async function openLine(t: ExecutionContext): Promise<Line> {
  const taken: Socket[] = [];
  const dialled: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    taken.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await LineProxy.start((server.address() as AddressInfo).port);
  t.teardown(async () => {
    await proxy.close();
    for (const socket of [...taken, ...dialled]) socket.destroy();
    server.close();
  });
  const dial = () => {
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => client.destroy());
    dialled.push(client);
    return client;
  };
  return {
    proxy,
    taken,
    dial,
    async open() {
      const before = taken.length;
      const client = dial();
      while (taken.length === before) await delay(5);
      return { client, server: taken[before] };
    },
  };
}

/** Gathers what a socket receives. */
function received(socket: Socket): () => string {
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return () => text;
}

async function until(t: ExecutionContext, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) return t.fail('it did not come to that');
    await delay(5);
  }
}

function closed(socket: Socket): Promise<unknown> {
  return socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));
}

test('in pass mode bytes go both ways, whole and in order', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const up = received(server);
  const down = received(client);
  const text = Array.from({ length: 40_000 }, (_, index) => `${index} `).join('');
  client.write(text);
  server.write('hello');
  await until(t, () => up().length === text.length && down() === 'hello');
  t.is(up(), text);
});

test('the end of a stream is passed on after its last byte', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const up = received(server);
  client.end('good-bye');
  await once(server, 'end');
  t.is(up(), 'good-bye');
  await closed(client);
  await until(t, () => line.proxy.connections === 0);
});

test('in refuse mode connections break and new ones are refused, until it passes again', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  await line.proxy.set({ kind: 'refuse' });
  await Promise.all([closed(client), closed(server)]);
  const refused = connect(line.proxy.port, '127.0.0.1');
  const [error] = await once(refused, 'error');
  t.is(error.code, 'ECONNREFUSED');
  await line.proxy.set({ kind: 'pass' });
  const again = await line.open();
  const up = received(again.server);
  again.client.write('back');
  await until(t, () => up() === 'back');
});

test('in cut mode connections are reset, new ones as soon as they are taken', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const reset = once(server, 'error');
  await line.proxy.set({ kind: 'cut' });
  t.is((await reset)[0].code, 'ECONNRESET');
  await closed(client);
  const next = line.dial();
  await closed(next);
  t.is(line.taken.length, 1);
});

test('a black hole takes connections and delivers nothing, and they are broken afterwards', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const up = received(server);
  const down = received(client);
  await line.proxy.set({ kind: 'blackhole' });
  const late = line.dial();
  await once(late, 'connect');
  for (const socket of [client, server, late]) socket.write('lost');
  await delay(A_WHILE);
  t.is(up() + down(), '');
  t.false(client.destroyed || server.destroyed || late.destroyed);
  await line.proxy.set({ kind: 'pass' });
  await Promise.all([closed(client), closed(server), closed(late)]);
});

test('who hangs up in a black hole is not heard at the other end', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  await line.proxy.set({ kind: 'blackhole' });
  client.destroy();
  await delay(A_WHILE);
  t.false(server.destroyed);
  await line.proxy.set({ kind: 'pass' });
  await closed(server);
});

test('a connection on which nothing was sent outlives a black hole', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  await line.proxy.set({ kind: 'blackhole' });
  await line.proxy.set({ kind: 'pass' });
  const up = received(server);
  client.write('still here');
  await until(t, () => up() === 'still here');
  t.false(client.destroyed);
});

test('a slow line carries no more bytes a second than it is given, late, and loses none', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const up = received(server);
  await line.proxy.set({ kind: 'slow', bytesPerSecond: 20_000, latency: 200 });
  const start = performance.now();
  const text = 'x'.repeat(8000);
  client.write(text);
  await until(t, () => up().length > 0);
  t.true(performance.now() - start >= 195);
  await until(t, () => up().length === text.length);
  // 200 ms of latency and 8,000 bytes at 20,000 a second.
  t.true(performance.now() - start >= 550);
});

test('what a slow line holds back arrives at once when it passes again', async (t) => {
  const line = await openLine(t);
  const { client, server } = await line.open();
  const up = received(server);
  await line.proxy.set({ kind: 'slow', bytesPerSecond: 100, latency: 0 });
  const text = Array.from({ length: 9000 }, (_, index) => String(index)).join();
  client.write(text);
  await delay(A_WHILE);
  t.true(up().length < 1000);
  await line.proxy.set({ kind: 'pass' });
  await until(t, () => up().length === text.length);
  t.is(up(), text);
});

for (const left of ['client', 'server'] as const) {
  test(`in a half-open connection the ${left} is left believing`, async (t) => {
    const line = await openLine(t);
    const ends = await line.open();
    await line.proxy.set({ kind: 'half-open', left });
    await closed(ends[left === 'client' ? 'server' : 'client']);
    ends[left].write('anybody?');
    await delay(A_WHILE);
    await line.proxy.set({ kind: 'pass' });
    await delay(A_WHILE);
    t.false(ends[left].destroyed);
    const next = await line.open();
    const up = received(next.server);
    next.client.write('new');
    await until(t, () => up() === 'new');
  });
}

test('a connection through the proxy ends when nothing listens behind it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const proxy = await LineProxy.start(port);
  t.teardown(() => proxy.close());
  const client = connect(proxy.port, '127.0.0.1');
  client.on('error', () => client.destroy());
  await closed(client);
  t.is(proxy.connections, 0);
});
