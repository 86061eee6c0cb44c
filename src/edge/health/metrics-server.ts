import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from './metrics.js';

/** Only programs on the device itself may ask. */
const LOOPBACK = '127.0.0.1';
const PATH = '/metrics';

/** A scrape is one short request; whoever needs more is none. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const MOST_CONNECTIONS = 8;

/** Serves the figures until it is closed. */
export interface MetricsServer {
  /** Where it listens; undefined when it could not. */
  readonly port: number | undefined;
  /** Stops listening and ends the connections. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves `/metrics` on loopback for Prometheus. When that cannot be (another program has the port), the log
 * says so and the agent does without.
 *
 * @param port 0 takes any free one
 */
export async function serveMetrics(
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  port: number,
  log: Logger,
): Promise<MetricsServer> {
  const server = createServer(LIMITS, (request, response) => {
    void answer(metrics, request, response, log);
  });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    server.listen({ host: LOOPBACK, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    log.error('metrics are not served', { address: `${LOOPBACK}:${port}`, error });
    return { port: undefined, close: async () => {} };
  }
  server.on('error', (error) => log.error('metrics server failed', { error }));
  const { port: taken } = server.address() as AddressInfo;
  log.info('metrics served', { url: `http://${LOOPBACK}:${taken}${PATH}` });
  return { port: taken, close: () => closeServer(server) };
}

async function answer(
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  // One request a connection: nobody can keep the few there are.
  response.setHeader('Connection', 'close');
  if (request.url?.split('?')[0] !== PATH)
    return end(response, 404, `Not found. The figures are at ${PATH}.\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return end(response, 405, 'Only GET and HEAD are allowed.\n');
  }
  try {
    const text = await metrics.text();
    end(response, 200, text, metrics.contentType);
  } catch (error) {
    log.error('metrics could not be read', { error });
    end(response, 500, 'The figures could not be read.\n');
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
