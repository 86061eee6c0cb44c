import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  rootCertificates,
  type TLSSocket,
} from 'node:tls';
import type { CertificateClock } from './certificate-clock.js';
import { opened } from './opened.js';
import { verifyChain } from './verify-chain.js';

/** What a wrong clock makes of a good certificate. */
const DATE_ERRORS: readonly unknown[] = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED'];

/** How the broker is to prove who it is, and the device to the broker. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Name that the broker's certificate must have; the host if left out. */
  readonly serverName?: string;
  /** False accepts any broker. */
  readonly rejectUnauthorized: boolean;
  /** Judges the broker's certificate while the wall clock is wrong. */
  readonly time: CertificateClock;
  /** Folders to find `openssl` in, as PATH holds them. */
  readonly path: string | undefined;
}

/** Told when a certificate was accepted at another time than the wall clock's, in milliseconds since 1970. */
export type OtherTimeListener = (time: number) => void;

/**
 * Opens a TLS connection and checks the broker before a byte is sent: the chain up to a trusted authority,
 * the name, and the validity.
 *
 * Where the only thing wrong by the wall clock is the validity, the wall clock itself may be wrong. Then the
 * whole chain is checked once more, at the time that is known not to be past: see `judgingTime`.
 *
 * @throws the error of the network, of TLS or of the check
 */
export async function openTls(
  address: { readonly host: string; readonly port: number },
  tls: TlsOptions,
  onOtherTime: OtherTimeListener,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = tls.serverName ?? address.host;
  const options: ConnectionOptions = {
    ...address,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    servername: isIP(name) === 0 ? name : undefined,
  };
  try {
    return await shakeHands({ ...options, rejectUnauthorized: tls.rejectUnauthorized }, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && DATE_ERRORS.includes(error.code))) throw error;
  }
  // Node has no way to say "check all but the date", so this connection is checked here, before it is used.
  const socket = await shakeHands({ ...options, rejectUnauthorized: false }, signal);
  try {
    const certificate = socket.getPeerCertificate(true);
    const wrongName = checkServerIdentity(name, certificate);
    if (wrongName !== undefined) throw wrongName;
    const time = judgingTime(certificate, tls.time);
    // Authorities that NODE_EXTRA_CA_CERTS adds are not among these.
    const authorities = tls.ca ?? rootCertificates.join('\n');
    const [leaf, ...others] = chainOf(certificate).map(({ raw }) => raw);
    await verifyChain({ leaf, others }, authorities, time, tls.path, signal);
    onOtherTime(time);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function shakeHands(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  const socket = connect(options);
  await opened(socket, 'secureConnect', signal);
  return socket;
}

/**
 * The time to judge a certificate by, in milliseconds since 1970: the one that is known not to be past. With
 * a clock that no time server keeps, the present may be any time after that, so a chain that begins later is
 * judged at its beginning. One that ended before is refused, whatever the clock.
 */
function judgingTime(certificate: DetailedPeerCertificate, time: CertificateClock): number {
  const known = time.certificateTime();
  if (time.quality() === 'synchronised') return known;
  return Math.max(known, ...chainOf(certificate).map(({ valid_from }) => Date.parse(valid_from)));
}

/** The certificate, its issuer, and so on, as far as they are known. */
function chainOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain = new Map<string, DetailedPeerCertificate>();
  // A root is its own issuer; the last known one has none.
  for (let next = certificate; next?.raw && !chain.has(next.fingerprint256); next = next.issuerCertificate) {
    chain.set(next.fingerprint256, next);
  }
  return [...chain.values()];
}
