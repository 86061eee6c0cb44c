import { UnavailableError } from '@oneface/common/errors/errors';
import type { ConnectionEnd } from './broker.js';

/** DISCONNECT of MQTT 5: another client came with the same client id. */
const SESSION_TAKEN_OVER = 0x8e;
/** DISCONNECT of MQTT 5: malformed packet, protocol error, packet too large, payload format invalid. */
const PACKET_NOT_TAKEN: readonly (number | undefined)[] = [0x81, 0x82, 0x95, 0x99];
/** How the network reports that the other side had closed when we wrote. */
const CLOSED_BY_PEER: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/** A packet came that is too large to be held in memory. */
export class PacketTooLargeError extends UnavailableError {}

/** The end that a broker of MQTT 5 gave a reason for. */
export function endByBroker(reasonCode: number | undefined): ConnectionEnd {
  const reason = reasonCode === undefined ? 'none' : `0x${reasonCode.toString(16)}`;
  const error = new UnavailableError(`the broker ended the connection (reason ${reason})`);
  if (reasonCode === SESSION_TAKEN_OVER) return { how: 'taken-over', error };
  return { how: PACKET_NOT_TAKEN.includes(reasonCode) ? 'cut' : 'failed', error };
}

/** The end that an error brought. */
export function endByError(error: Error): ConnectionEnd {
  return { how: 'code' in error && CLOSED_BY_PEER.includes(error.code) ? 'cut' : 'failed', error };
}
