import { createSecureContext } from 'node:tls';
import { expected, InputError } from '@oneface/common/errors/errors';
import { type DeviceAddress, TOPIC_ROOT, topicOf } from '@oneface/common/topics/topics';
import { requireCertificates } from '../config/certificates.js';
import { readNamedFile } from '../config/read-file.js';
import type { MqttConfig } from '../config/schema.js';
import { readSecret } from '../config/secret.js';
import type { Logger } from '../logging/logger.js';
import type { BrokerOptions } from './broker-connector.js';
import type { CertificateClock } from './certificate-clock.js';

/** For TCP with TLS, and again for CONNACK. */
const CONNECT_MILLISECONDS = 20_000;
/** Enough for the largest event on a slow line. */
const ACK_MILLISECONDS = 60_000;

/**
 * Makes the connection options of a configuration: reads certificates and the password.
 *
 * @param env environment variables: PATH, and perhaps one that holds the password
 * @param time judges the broker's certificate while the wall clock is wrong
 * @throws InputError naming the setting whose file or variable is not there, or whose file is not what it
 *   should be
 */
export async function brokerOptions(
  config: MqttConfig,
  address: DeviceAddress,
  env: Readonly<Record<string, string | undefined>>,
  time: CertificateClock,
): Promise<BrokerOptions> {
  const { url, version, qos, keepaliveSeconds, username, password, tls } = config;
  requireAddress(url);
  const ca = await readIfNamed(tls?.ca, 'config.mqtt.tls.ca');
  const cert = await readIfNamed(tls?.cert, 'config.mqtt.tls.cert');
  const key = await readIfNamed(tls?.key, 'config.mqtt.tls.key');
  // Left to the connection, a mistake in these files would look like a broker that is away.
  if (ca !== undefined) requireCertificates(ca, 'config.mqtt.tls.ca');
  requirePair(cert, key);
  return {
    url,
    version,
    qos,
    // No id holds a colon: two devices never share a client id, for which brokers would cut each other off.
    clientId: [TOPIC_ROOT, address.site, address.device].filter(Boolean).join(':'),
    commandTopic: topicOf(address, 'commands'),
    keepaliveSeconds,
    username,
    password: password && (await readSecret(password, env, 'config.mqtt.password')),
    connectMilliseconds: CONNECT_MILLISECONDS,
    connackMilliseconds: CONNECT_MILLISECONDS,
    ackMilliseconds: ACK_MILLISECONDS,
    tls: {
      ca,
      cert,
      key,
      serverName: tls?.serverName,
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
      time,
      path: env.PATH,
    },
  };
}
/** A password in the URL would stand in the configuration, in the log and in messages. */
function requireAddress(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw expected('a valid address', 'config.mqtt.url', url);
  if (parsed.username === '' && parsed.password === '') return;
  throw new InputError(
    'Expected an address without a user for config.mqtt.url: set config.mqtt.username and config.mqtt.password',
  );
}

async function readIfNamed(path: string | undefined, subject: string): Promise<Buffer | undefined> {
  return path === undefined ? undefined : readNamedFile(path, subject);
}

function requirePair(cert: Buffer | undefined, key: Buffer | undefined): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw expected('a certificate and its key (PEM)', 'config.mqtt.tls', cause, { cause });
  }
}

/** Says what of a configuration lets others listen in, or stand in for the broker. */
export function warnOfRisks({ url, password, tls }: MqttConfig, log: Logger): void {
  if (password !== undefined && url.startsWith('mqtt:')) log.warn('the password is sent without encryption');
  if (tls?.rejectUnauthorized === false) log.warn("the broker's certificate is not checked");
}
