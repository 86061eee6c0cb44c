import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import type { HttpSnapshotSourceOptions, HttpStreamSourceOptions } from '@oneface/edge/frames/source-options';
import type { ExecutionContext } from 'ava';
import { noSleep, sourceDeps } from './source-deps.js';

/** Where something is closed when a test ends. */
export type Teardown = Pick<ExecutionContext, 'teardown'>;

/** Starts a camera on a free port of this machine; it and its connections end with the test. */
export function httpCamera(t: Teardown, answer: RequestListener): Promise<string> {
  return listen(t, createServer(answer), 'http://127.0.0.1');
}

/** The same with TLS, under the name localhost. */
export function httpsCamera(t: Teardown, options: ServerOptions, answer: RequestListener): Promise<string> {
  return listen(t, createSecureServer(options, answer), 'https://localhost');
}

async function listen(t: Teardown, server: Server, address: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${address}:${(server.address() as AddressInfo).port}`;
}

type SnapshotChanges = Partial<HttpSnapshotSourceOptions>;
type StreamChanges = Partial<HttpStreamSourceOptions>;
type Deps = Parameters<typeof sourceDeps>[0];

/** Opens a camera that gives one picture a request, with pauses that take no time. */
export async function openSnapshot(t: Teardown, url: string, changes: SnapshotChanges = {}, deps: Deps = {}) {
  const options = { kind: 'http-snapshot', url, deadlineSeconds: 60, ...changes } as const;
  const source = await openFrameSource(options, sourceDeps({ sleep: noSleep().sleep, ...deps }));
  t.teardown(() => source.close());
  return source;
}

/** Opens a camera that sends pictures without end, with pauses that take no time. */
export async function openStream(t: Teardown, url: string, changes: StreamChanges = {}, deps: Deps = {}) {
  const options = { kind: 'http-stream', url, stallSeconds: 60, ...changes } as const;
  const source = await openFrameSource(options, sourceDeps({ sleep: noSleep().sleep, ...deps }));
  t.teardown(() => source.close());
  return source;
}

/** A camera that sends these parts again and again, 50 times a second. */
export function streamOf(parts: readonly (string | Buffer)[]): RequestListener {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=b' });
    const picture = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const timer = setInterval(() => response.write(picture), 20);
    response.once('close', () => clearInterval(timer));
  };
}
