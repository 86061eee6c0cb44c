import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { CertificateClock } from './certificate-clock.js';

const PORTS = { 'mqtt:': 1883, 'mqtts:': 8883 } as const;

/** How the broker is to prove who it is, and the device to the broker. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Name that the broker's certificate must have; the host of the URL if left out. */
  readonly serverName?: string;
  /** False accepts any broker. */
  readonly rejectUnauthorized: boolean;
  /** Judges the broker's certificate while the wall clock is wrong. */
  readonly time: CertificateClock;
}

/**
 * Opens the connection that MQTT runs over, TCP or TLS, and checks the broker before a byte is sent.
 *
 * @param url `mqtt://host:port` or `mqtts://host:port`
 * @param signal gives the attempt up
 * @throws the error of the network, of TLS or of the check
 */
export async function openTransport(url: string, tls: TlsOptions, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url);
  // IPv6 addresses stand in brackets in a URL only.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const address = { host, port: Number(port) || PORTS[protocol as keyof typeof PORTS] };
  const socket =
    protocol === 'mqtts:'
      ? connectTls({
          ...address,
          ca: tls.ca,
          cert: tls.cert,
          key: tls.key,
          servername: tls.serverName ?? (isIP(host) === 0 ? host : undefined),
          rejectUnauthorized: tls.rejectUnauthorized,
        })
      : connectTcp(address);
  // An error between this call and its user's own listener must not end the agent; `close` follows it.
  socket.on('error', () => {});
  const giveUp = () => socket.destroy(new UnavailableError('the attempt was given up'));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    await once(socket, protocol === 'mqtts:' ? 'secureConnect' : 'connect');
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  socket.setNoDelay(true);
  return socket;
}
