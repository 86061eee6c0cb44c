import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { parseConfig, readConfig } from '@oneface/edge/config/load-config';
import test from 'ava';
import { projectFile } from '../support/paths.js';

const SMALLEST = {
  device: 'door-1',
  source: { kind: 'folder', path: 'frames' },
  bundle: 'models/face.bundle',
  trustedKeys: ['/keys/factory.pem'],
  mqtt: { url: 'mqtt://broker' },
};

test('defaults are filled in and relative paths start at the folder of the file', (t) => {
  const config = parseConfig(SMALLEST, '/etc/oneface');
  t.deepEqual(config, {
    device: 'door-1',
    source: { kind: 'folder', path: '/etc/oneface/frames', repeat: false },
    bundle: '/etc/oneface/models/face.bundle',
    trustedKeys: ['/keys/factory.pem'],
    state: '/etc/oneface/state',
    mqtt: { url: 'mqtt://broker', version: 'auto', qos: 1, keepaliveSeconds: 30 },
    outbox: { maxBytes: 64_000_000, maxDays: 30, sync: 'always' },
    frames: { perSecond: 5, idlePerSecond: 2 },
    wake: { mode: 'always' },
    report: {
      mode: 'presence',
      confirmFrames: 3,
      updateSeconds: 30,
      betterSeconds: 1,
      leaveSeconds: 3,
    },
    health: { port: 9464, everySeconds: 60 },
    log: { level: 'info', format: 'text' },
  });
});

test('paths of TLS files and of the password start there too', (t) => {
  const tls = { ca: 'ca.crt', cert: '/abs/door.crt', key: 'door.key' };
  const mqtt = { url: 'mqtts://broker', tls, username: 'door', password: { file: 'secret' } };
  const config = parseConfig({ ...SMALLEST, mqtt }, '/etc/oneface');
  t.deepEqual(config.mqtt.tls, {
    ca: '/etc/oneface/ca.crt',
    cert: '/abs/door.crt',
    key: '/etc/oneface/door.key',
    rejectUnauthorized: true,
  });
  t.deepEqual(config.mqtt.password, { file: '/etc/oneface/secret' });
});

const BAD: readonly [name: string, change: object, message: string][] = [
  [
    'a device id with a slash',
    { device: 'a/b' },
    'Expected a device or site id (1 to 64 letters, digits, "-", "_", ".") for config.device but received "a/b"',
  ],
  [
    'a missing address',
    { mqtt: {} },
    'Expected mqtt://host:port or mqtts://host:port for config.mqtt.url but received nothing',
  ],
  [
    'another protocol',
    { mqtt: { url: 'http://x' } },
    'Expected mqtt://host:port or mqtts://host:port for config.mqtt.url but received "http://x"',
  ],
  ...['mqtt://:1883', 'mqtt://%zz:1', 'mqtt://[::1', 'mqtt://host:99999', 'mqtt://host:0', 'mqtt://a,b'].map(
    (url): [string, object, string] => [
      `the address ${url}`,
      { mqtt: { url } },
      `Expected mqtt://host:port or mqtts://host:port for config.mqtt.url but received "${url}"`,
    ],
  ),
  [
    'a version that is not spoken',
    { mqtt: { url: 'mqtt://x', version: 3 } },
    'Expected one of "auto", 4, 5 for config.mqtt.version but received 3',
  ],
  [
    'an unknown source',
    { source: { kind: 'scanner' } },
    'Expected one of "folder", "fswebcam", "node-webcam", "stream", "http-snapshot", "http-stream" for config.source.kind but received "scanner"',
  ],
  [
    'a wrong value inside a source',
    { source: { kind: 'fswebcam', width: 1 } },
    'Expected an integer from 16 to 8192 for config.source.width but received 1',
  ],
  [
    'no trusted key',
    { trustedKeys: [] },
    'Expected a list of 1 to 16 key files for config.trustedKeys but received []',
  ],
  [
    'a rate of nothing',
    { frames: { perSecond: 0 } },
    'Expected a number from 0.01 to 100 for config.frames.perSecond but received 0',
  ],
  [
    'a field that does not exist',
    { colour: 'red' },
    'Expected one of device, site, source, bundle, trustedKeys, state, mqtt, outbox, frames, wake, report, health, gpio, log for a field of config but received "colour"',
  ],
  [
    'a trigger without its list',
    { gpio: { triggers: { line: 4, kind: 'pir' } } },
    'Expected a list for config.gpio.triggers but received an object',
  ],
  ['a list for an object', { report: [] }, 'Expected an object for config.report but received a list'],
  [
    'more triggers than there may be',
    { gpio: { triggers: Array(9).fill(null) } },
    'Expected a list of at most 8 for config.gpio.triggers but received [null,null,null,null,null,null,null,null,null]',
  ],
  [
    'a user name that is too long',
    { mqtt: { url: 'mqtt://x', username: 'x'.repeat(257) } },
    `Expected a text of 1 to 256 characters for config.mqtt.username but received "${'x'.repeat(119)}…`,
  ],
  [
    'TLS settings without TLS',
    { mqtt: { url: 'mqtt://x', tls: {} } },
    'Expected an mqtts: address beside config.mqtt.tls for config.mqtt.url but received "mqtt://x"',
  ],
  [
    'a server name that is none',
    { mqtt: { url: 'mqtts://x', tls: { serverName: 'a b' } } },
    'Expected a host name for config.mqtt.tls.serverName but received "a b"',
  ],
  [
    'a light at the line of the relay',
    { gpio: { relay: { line: 17 }, light: { line: 17 } } },
    'Expected a line that no other part has for config.gpio.light.line but received 17',
  ],
  [
    'a device that nothing would wake',
    { wake: { mode: 'trigger' } },
    'Expected a line in config.gpio.triggers beside "trigger" for config.wake.mode but received "none"',
  ],
  [
    'a second trigger at one line',
    {
      gpio: {
        triggers: [
          { line: 4, kind: 'pir' },
          { line: 4, kind: 'button' },
        ],
      },
    },
    'Expected a line that no other part has for config.gpio.triggers[1].line but received 4',
  ],
  [
    'a certificate without its key',
    { mqtt: { url: 'mqtts://x', tls: { cert: 'c' } } },
    'Expected both cert and key, or neither for config.mqtt.tls but received "cert"',
  ],
];

for (const [name, change, message] of BAD) {
  test(`${name} is refused with its place`, (t) => {
    const error = t.throws(() => parseConfig({ ...SMALLEST, ...change }, '/'), { instanceOf: InputError });
    t.is(error?.message, message.replace('"cert"', '"cert, rejectUnauthorized"'));
  });
}

test('names, numbers of both kinds and a port are addresses of a broker', (t) => {
  for (const url of ['mqtt://broker_1.lan', 'mqtts://10.0.0.7:8883/', 'mqtt://[fe80::1]:1883']) {
    t.is(parseConfig({ ...SMALLEST, mqtt: { url } }, '/').mqtt.url, url);
  }
});

test('a password that stands in the file itself is refused without being shown', (t) => {
  for (const mqtt of [
    { url: 'mqtt://x', username: 'door', password: 'hunter2' },
    { url: 'mqtt://x', username: 'door', password: { value: 'hunter2' } },
    { url: 'mqtt://door:hunter2@x' },
  ]) {
    const error = t.throws(() => parseConfig({ ...SMALLEST, mqtt }, '/'), { instanceOf: InputError });
    t.regex(String(error?.message), /^Expected .* for config\.mqtt\.(password|url) but received/);
    t.notRegex(String(error?.message), /hunter2/);
  }
});

test('the sample configuration of deploy/device is valid', async (t) => {
  const sample = JSON.parse(await readFile(projectFile('deploy/device/config.json'), 'utf8'));
  t.notThrows(() => parseConfig(sample, '/etc/oneface'));
});

test('a file that is not there or no JSON is refused by its name, with the reason', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-config-'));
  const broken = join(folder, 'broken.json');
  await writeFile(broken, '{ "device": "a",}');
  const missing = join(folder, 'missing.json');
  const noJson = await t.throwsAsync(readConfig(broken), { instanceOf: InputError });
  t.regex(
    String(noJson?.message),
    new RegExp(`^Expected JSON for ${broken} but received .* in JSON at position 16`),
  );
  const noFile = await t.throwsAsync(readConfig(missing), { instanceOf: InputError });
  t.is(
    noFile?.message,
    `Expected a readable file for --config but received ENOENT: no such file or directory, open '${missing}'`,
  );
  await rm(folder, { recursive: true });
});
