import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { serveMetrics } from '@oneface/edge/health/metrics-server';
import test, { type ExecutionContext } from 'ava';
import { testLog } from '../support/test-log.js';

const METRICS = { text: async () => 'door_opened_total 1\n', contentType: 'text/plain; version=0.0.4' };

async function serve(t: ExecutionContext, metrics = METRICS) {
  const { log, lines } = testLog();
  const server = await serveMetrics(metrics, 0, log);
  t.teardown(() => server.close());
  return { port: server.port ?? 0, server, lines };
}

/** One request, as it is: fetch would tidy it up. */
async function ask(port: number, method: string, path: string) {
  const asked = request({ host: '127.0.0.1', port, method, path }).end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

test('the figures are served on /metrics', async (t) => {
  const { port } = await serve(t);
  const { status, headers, body } = await ask(port, 'GET', '/metrics?name=x');
  t.is(status, 200);
  t.is(headers['content-type'], METRICS.contentType);
  t.is(body, 'door_opened_total 1\n');
  t.is((await ask(port, 'HEAD', '/metrics')).body, '');
});

test('there is nothing else to be had', async (t) => {
  const { port } = await serve(t);
  for (const path of ['/', '/metrics/', '/metric', '/../etc/passwd', '//metrics', '*']) {
    t.is((await ask(port, 'GET', path)).status, 404, path);
  }
  const { status, headers } = await ask(port, 'POST', '/metrics');
  t.is(status, 405);
  t.is(headers.allow, 'GET, HEAD');
});

test('only the device itself can connect', async (t) => {
  const { port } = await serve(t);
  const addresses = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  // Another address of loopback stands for the network where a machine has none.
  for (const host of [...addresses, '127.0.0.2']) {
    const error = await t.throwsAsync(once(connect({ host, port }), 'connect'), undefined, host);
    t.is((error as NodeJS.ErrnoException).code, 'ECONNREFUSED', host);
  }
});

test('a port that is in use is told in the log, and the agent goes on', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { log, lines } = testLog();
  const server = await serveMetrics(METRICS, port, log);
  t.is(server.port, undefined);
  t.regex(lines.join(''), new RegExp(`error metrics are not served address=127.0.0.1:${port} .*EADDRINUSE`));
  await server.close();
});

test('figures that cannot be read are an error of this one request', async (t) => {
  let broken = true;
  const text = async () => {
    if (broken) throw new Error('no outbox');
    return 'door_opened_total 2\n';
  };
  const { port, lines } = await serve(t, { ...METRICS, text });
  const { status, body } = await ask(port, 'GET', '/metrics');
  t.is(status, 500);
  t.notRegex(body, /outbox/);
  t.regex(lines.join(''), /error metrics could not be read error="no outbox"/);
  broken = false;
  t.is((await ask(port, 'GET', '/metrics')).status, 200);
});

test('whoever connects and says nothing does not keep others out or the server open', async (t) => {
  const { port, server } = await serve(t);
  const silent = async () => {
    const socket = connect({ host: '127.0.0.1', port }).resume();
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    return { socket, closed };
  };
  const idle = await Promise.all(Array.from({ length: 8 }, silent));
  const ninth = await silent();
  await ninth.closed;
  t.is(ninth.socket.bytesRead, 0);
  t.true(idle.every(({ socket }) => socket.readyState === 'open'));
  // They are given a few seconds to ask for something.
  await Promise.all(idle.map(({ closed }) => closed));
  t.is((await ask(port, 'GET', '/metrics')).status, 200);
  const late = await silent();
  await server.close();
  await late.closed;
  await server.close();
});

test('a head that is too long is refused', async (t) => {
  const { port } = await serve(t);
  const socket = connect({ host: '127.0.0.1', port });
  socket.end(`GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  t.regex(answer, /^HTTP\/1\.1 431 /);
});
