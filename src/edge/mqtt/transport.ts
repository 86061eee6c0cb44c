import { connect, type Socket } from 'node:net';
import { opened } from './opened.js';
import { type OtherTimeListener, openTls, type TlsOptions } from './tls-transport.js';

const PORTS = { mqtt: 1883, mqtts: 8883 } as const;

/**
 * Opens the connection that MQTT runs over, TCP or TLS.
 *
 * @param url `mqtt://host:port` or `mqtts://host:port`
 * @param signal gives the attempt up
 * @throws the error of the network, of TLS or of the check of the broker
 */
export async function openTransport(
  url: string,
  tls: TlsOptions,
  onOtherTime: OtherTimeListener,
  signal: AbortSignal,
): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url);
  // IPv6 addresses stand in brackets in a URL only.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const scheme = protocol === 'mqtts:' ? 'mqtts' : 'mqtt';
  const address = { host, port: Number(port) || PORTS[scheme] };
  const socket =
    scheme === 'mqtts' ? await openTls(address, tls, onOtherTime, signal) : await openTcp(address, signal);
  // Messages are small and few: none should wait for another to share a packet with.
  return socket.setNoDelay(true);
}

async function openTcp(address: { host: string; port: number }, signal: AbortSignal): Promise<Socket> {
  const socket = connect(address);
  await opened(socket, 'connect', signal);
  return socket;
}
