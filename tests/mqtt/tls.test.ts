import { pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import { systemClock } from '@oneface/edge/clock/clock';
import { parseConfig } from '@oneface/edge/config/load-config';
import { createBrokerConnector } from '@oneface/edge/mqtt/broker-connector';
import { brokerOptions } from '@oneface/edge/mqtt/broker-options';
import type { CertificateClock } from '@oneface/edge/mqtt/certificate-clock';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { createAuthority } from './support/certificates.js';
import { testLog } from './support/scene.js';

/** What a machine with a time server knows of the time. */
const RIGHT_TIME: CertificateClock = {
  certificateTime: () => Date.now(),
  quality: () => 'synchronised',
};
const never = () => new AbortController().signal;
const WILL = { topic: 'oneface/tls/status', payload: 'gone' };

const authority = await createAuthority();
const stranger = await createAuthority();
const server = await authority.issue('broker.test');
const client = await authority.issue('door-1');
const passwords = join(authority.folder, 'passwords');
await writeFile(passwords, mosquittoPassword('door', 'secret'));
const broker = await startMosquitto(await freePort(), [
  `cafile ${authority.ca}`,
  `certfile ${server.cert}`,
  `keyfile ${server.key}`,
  'require_certificate true',
  'allow_anonymous false',
  `password_file ${passwords}`,
]);

test.after.always(async () => {
  await broker.stop();
  await rm(authority.folder, { recursive: true });
  await rm(stranger.folder, { recursive: true });
});

/** A line of mosquitto's password file: PBKDF2 with SHA-512, as mosquitto_passwd writes it. */
function mosquittoPassword(user: string, password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

let devices = 0;

/** Connects as a device of its own: a broker ends the older of two connections with one client id. */
async function connectWith(tls: Record<string, unknown>, password = 'secret', version: 4 | 5 = 5) {
  const config = parseConfig(
    {
      device: `door-${++devices}`,
      source: { kind: 'folder', path: 'frames' },
      bundle: 'bundle',
      trustedKeys: ['key'],
      mqtt: {
        url: `mqtts://127.0.0.1:${broker.port}`,
        version,
        username: 'door',
        password: { env: 'DOOR_PASSWORD' },
        tls: { ca: authority.ca, serverName: 'broker.test', ...client, ...tls },
      },
    },
    authority.folder,
  );
  const options = await brokerOptions(config.mqtt, config, { DOOR_PASSWORD: password }, RIGHT_TIME);
  const { log } = testLog();
  return createBrokerConnector(options, { clock: systemClock, log })({ will: WILL }, never());
}

for (const version of [4, 5] as const) {
  test(`a device with a certificate and a password gets in, with protocol version ${version}`, async (t) => {
    const connection = await connectWith({}, 'secret', version);
    const delivery = await connection.publish(
      { topic: 'oneface/tls/events', payload: 'x' },
      { retain: false },
    );
    t.is(delivery.outcome, 'delivered');
    await connection.end();
  });
}

test('a broker with a certificate of an unknown authority is refused', async (t) => {
  const error = await t.throwsAsync(connectWith({ ca: stranger.ca }), { instanceOf: UnavailableError });
  t.regex(String(error?.cause), /self-signed|unable to verify|local issuer/);
});

test('a broker with a certificate for another name is refused', async (t) => {
  const error = await t.throwsAsync(connectWith({ serverName: 'elsewhere.test' }), {
    instanceOf: UnavailableError,
  });
  t.regex(String(error?.cause), /elsewhere\.test/);
});

test('the check of the broker can be switched off', async (t) => {
  const connection = await connectWith({ ca: stranger.ca, rejectUnauthorized: false });
  await connection.end();
  t.deepEqual(await connection.closed, { how: 'by-us' });
});

test('a wrong password is reported as such', async (t) => {
  const error = await t.throwsAsync(connectWith({}, 'guess'), { instanceOf: UnavailableError });
  t.regex(String(error?.cause), /Not authorized/);
});

test('a certificate file that is not there is reported by its setting', async (t) => {
  const missing = join(authority.folder, 'missing.crt');
  const error = await t.throwsAsync(connectWith({ ca: missing }), { instanceOf: InputError });
  t.is(
    error?.message,
    `Expected a readable file for config.mqtt.tls.ca but received ENOENT: no such file or directory, open '${missing}'`,
  );
});

test('TLS files that are not what they should be are refused before anything connects', async (t) => {
  const garbage = join(authority.folder, 'garbage.pem');
  await writeFile(garbage, 'no certificate');
  const elsewhere = await stranger.issue('door-1');
  for (const [files, setting] of [
    [{ ca: garbage }, 'config.mqtt.tls.ca'],
    [{ cert: garbage }, 'config.mqtt.tls'],
    [{ key: garbage }, 'config.mqtt.tls'],
    [{ key: elsewhere.key }, 'config.mqtt.tls'],
  ] as const) {
    const error = await t.throwsAsync(connectWith(files), { instanceOf: InputError });
    t.true(error.message.includes(` for ${setting} but received error:`), error.message);
  }
  const der = join(authority.folder, 'ca.der');
  await writeFile(der, new X509Certificate(await readFile(authority.ca)).raw);
  t.is(
    (await t.throwsAsync(connectWith({ ca: der }), { instanceOf: InputError })).message,
    'Expected certificates (PEM) for config.mqtt.tls.ca but received "one in DER"',
  );
});

test('a password variable that is not set is reported by its setting', async (t) => {
  const mqtt = {
    url: 'mqtt://h',
    version: 5,
    qos: 1,
    keepaliveSeconds: 30,
    username: 'u',
    outbox: 1,
  } as const;
  const options = brokerOptions({ ...mqtt, password: { env: 'NOT_SET' } }, { device: 'd' }, {}, RIGHT_TIME);
  const error = await t.throwsAsync(options, { instanceOf: InputError });
  t.regex(String(error?.message), /for config\.mqtt\.password\.env but received "NOT_SET"$/);
});

test('a password file may end in a line feed', async (t) => {
  const file = join(authority.folder, 'password');
  await writeFile(file, 'secret\n');
  const mqtt = {
    url: 'mqtt://h',
    version: 5,
    qos: 1,
    keepaliveSeconds: 30,
    username: 'u',
    outbox: 1,
  } as const;
  const address = { device: 'd', site: 's' };
  const options = await brokerOptions({ ...mqtt, password: { file } }, address, {}, RIGHT_TIME);
  t.is(options.password, 'secret');
  t.is(options.clientId, 'oneface:s:d');
  t.is(options.commandTopic, 'oneface/s/d/commands');
});

test('an address that cannot be, or that holds a password, is refused and the password not shown', async (t) => {
  const mqtt = { version: 5, qos: 1, keepaliveSeconds: 30 } as const;
  for (const url of ['mqtt://h:99999', 'mqtt://[::1']) {
    await t.throwsAsync(brokerOptions({ ...mqtt, url }, { device: 'd' }, {}, RIGHT_TIME), {
      instanceOf: InputError,
      message: /^Expected a valid address for config\.mqtt\.url /,
    });
  }
  const options = brokerOptions({ ...mqtt, url: 'mqtt://door:secret@h' }, { device: 'd' }, {}, RIGHT_TIME);
  const error = await t.throwsAsync(options, { instanceOf: InputError });
  t.false(error.message.includes('secret'));
});
