import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

/** Starts a camera on a free port of this machine; it and its connections end with the test. */
export function httpCamera(t: Pick<ExecutionContext, 'teardown'>, answer: RequestListener): Promise<string> {
  return listen(t, createServer(answer), 'http://127.0.0.1');
}

/** The same with TLS, under the name localhost. */
export function httpsCamera(
  t: Pick<ExecutionContext, 'teardown'>,
  options: ServerOptions,
  answer: RequestListener,
): Promise<string> {
  return listen(t, createSecureServer(options, answer), 'https://localhost');
}

async function listen(
  t: Pick<ExecutionContext, 'teardown'>,
  server: Server,
  address: string,
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${address}:${(server.address() as AddressInfo).port}`;
}
