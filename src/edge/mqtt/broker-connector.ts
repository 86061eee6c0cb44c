import { UnavailableError } from '@oneface/common/errors/errors';
import { ErrorWithReasonCode } from 'mqtt';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import type { BrokerConnection, ConnectBroker, ConnectionEnd, ConnectRequest, Protocol } from './broker.js';
import type { SessionOptions } from './client-options.js';
import { PacketTooLargeError } from './connection-end.js';
import { openMqttSession } from './mqtt-connection.js';
import { createProtocolChoice } from './protocol-choice.js';
import type { OtherTimeListener, TlsOptions } from './tls-transport.js';
import { openTransport } from './transport.js';

/** "Unacceptable protocol version" of MQTT 3.1.1 and "unsupported protocol version" of MQTT 5. */
const VERSION_REFUSED: readonly number[] = [1, 0x84];

/** Where the broker is and how to talk to it. */
export interface BrokerOptions extends Omit<SessionOptions, 'protocol' | 'forget'> {
  /** `mqtt://host:port` or `mqtts://host:port` */
  readonly url: string;
  readonly version: 'auto' | Protocol;
  readonly tls: TlsOptions;
  /** Milliseconds for TCP and TLS. */
  readonly connectMilliseconds: number;
}

export interface ConnectorParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}

/** Makes the function that opens connections with a broker and remembers which version of MQTT it speaks. */
export function createBrokerConnector(options: BrokerOptions, { clock, log }: ConnectorParts): ConnectBroker {
  const choice = createProtocolChoice(options.version, () => clock.monotonic());
  const onOtherTime = (time: number) =>
    log.warn("the broker's certificate is good, but not by this machine's clock", {
      judgedAt: new Date(time).toISOString(),
    });
  let forget = false;
  /** As long as the broker keeps the session, it would send a packet that is too large again. */
  const forgetIfTooLarge = ({ error }: ConnectionEnd) => {
    if (!(error instanceof PacketTooLargeError)) return;
    forget = true;
    log.error('the commands that wait at the broker are dropped', { error });
  };
  return async (request, signal) => {
    let protocol: Protocol | undefined = choice.next();
    let end: ConnectionEnd = { how: 'cut' };
    while (protocol !== undefined) {
      const result = await attempt({ ...options, protocol, forget }, request, onOtherTime, signal);
      if (!('how' in result)) {
        choice.accepted();
        forget = false;
        void result.closed.then(forgetIfTooLarge);
        return result;
      }
      end = result;
      forgetIfTooLarge(end);
      protocol = signal.aborted ? undefined : otherVersion(end);
      if (protocol !== undefined) {
        log.warn('the broker may not speak this version of MQTT, trying another', {
          next: protocol,
          error: end.error,
        });
      }
    }
    throw new UnavailableError(`Expected an answer from ${options.url} but received none`, {
      cause: end.error,
    });
  };

  function otherVersion({ how, error }: ConnectionEnd): Protocol | undefined {
    if (error instanceof ErrorWithReasonCode && VERSION_REFUSED.includes(error.code)) {
      return choice.unsupported();
    }
    return how === 'cut' ? choice.closedSilently() : undefined;
  }
}

async function attempt(
  options: BrokerOptions & SessionOptions,
  request: ConnectRequest,
  onOtherTime: OtherTimeListener,
  signal: AbortSignal,
): Promise<BrokerConnection | ConnectionEnd> {
  const { url, tls, connectMilliseconds } = options;
  // AbortSignal.any would leave a trace of each attempt in the signal, which lives as long as the agent.
  const limit = new AbortController();
  const giveUp = () => limit.abort();
  const timer = setTimeout(giveUp, connectMilliseconds);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    const socket = await openTransport(url, tls, onOtherTime, limit.signal);
    clearTimeout(timer);
    return await openMqttSession(socket, options, request, signal);
  } catch (cause) {
    throw new UnavailableError(`Expected an answer from ${url} but received none`, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
