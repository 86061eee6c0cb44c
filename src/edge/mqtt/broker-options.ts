import { expected } from '@oneface/common/errors/errors';
import { type DeviceAddress, TOPIC_ROOT } from '@oneface/common/topics/topics';
import { readNamedFile } from '../config/read-file.js';
import type { MqttConfig } from '../config/schema.js';
import type { BrokerOptions } from './broker.js';

const CONNECT_TIMEOUT_MILLISECONDS = 20_000;

/**
 * Makes the connection options of a configuration: reads certificates and the password.
 *
 * @param env environment variables, for a password that stands in one
 * @throws InputError naming the setting whose file or variable is not there
 */
export async function brokerOptions(
  config: MqttConfig,
  address: DeviceAddress,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BrokerOptions> {
  const { url, version, qos, keepaliveSeconds, username, password, tls } = config;
  return {
    url,
    qos,
    client: {
      protocolVersion: version,
      clientId: [TOPIC_ROOT, address.site, address.device].filter(Boolean).join('-'),
      keepalive: keepaliveSeconds,
      connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
      username,
      password: password && (await readPassword(password, env)),
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
      servername: tls?.serverName,
      ca: await readIfNamed(tls?.ca, 'config.mqtt.tls.ca'),
      cert: await readIfNamed(tls?.cert, 'config.mqtt.tls.cert'),
      key: await readIfNamed(tls?.key, 'config.mqtt.tls.key'),
    },
  };
}

async function readPassword(
  password: NonNullable<MqttConfig['password']>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if ('file' in password) {
    const bytes = await readNamedFile(password.file, 'config.mqtt.password.file');
    return bytes.toString('utf8').replace(/\r?\n$/, '');
  }
  const value = env[password.env];
  if (value === undefined) {
    throw expected('a variable of the environment', 'config.mqtt.password.env', password.env);
  }
  return value;
}

async function readIfNamed(path: string | undefined, subject: string): Promise<Buffer | undefined> {
  return path === undefined ? undefined : readNamedFile(path, subject);
}
