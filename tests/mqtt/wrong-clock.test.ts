import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { CertificateClock } from '@oneface/edge/mqtt/certificate-clock';
import type { TlsOptions } from '@oneface/edge/mqtt/tls-transport';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { type Certificate, createAuthority, makeSelfSigned } from './support/certificates.js';
import { connectTo, testLog } from './support/scene.js';

/**
 * The machine's own clock is right here, so most of these certificates are not of today: to a certificate of
 * 2035 this machine looks like one whose clock is years behind.
 */
const authority = await createAuthority({ from: '2025-01-01', days: 20 * 365 });
/** Another authority, which calls itself the same. */
const stranger = await createAuthority({ from: '2025-01-01', days: 20 * 365 });
const IN_2035 = { from: '2035-01-01', days: 365 };
const SAN = 'subjectAltName=DNS:broker.test';
const CA = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'];

const branch = await authority.issue('branch', { ...IN_2035, extensions: CA });
const twig = await authority.issue('twig', { ...IN_2035, extensions: CA, issuer: branch });
const future = await authority.issue('broker.test', IN_2035);
const certificates = {
  future,
  throughBranch: await authority.issue('broker.test', { ...IN_2035, issuer: branch, file: 'through-branch' }),
  tooDeep: await authority.issue('broker.test', { ...IN_2035, issuer: twig, file: 'too-deep' }),
  byNoAuthority: await authority.issue('broker.test', { ...IN_2035, issuer: future, file: 'by-leaf' }),
  forClients: await authority.issue('broker.test', {
    ...IN_2035,
    extensions: [SAN, 'extendedKeyUsage=clientAuth'],
    file: 'for-clients',
  }),
  byStranger: await stranger.issue('broker.test', IN_2035),
  selfMade: await makeSelfSigned(stranger.folder, 'broker.test', IN_2035.from, IN_2035.days),
  past: await authority.issue('broker.test', { from: '2025-02-01', days: 30, file: 'past' }),
  today: await authority.issue('broker.test', { file: 'today' }),
} satisfies Record<string, Certificate>;
type Kind = keyof typeof certificates;

const kinds = Object.keys(certificates) as Kind[];
const ports = new Map<Kind, number>();
for (const kind of kinds) ports.set(kind, await freePort());
const broker = await startMosquitto(
  await freePort(),
  kinds.flatMap((kind) => [
    `listener ${ports.get(kind)} 127.0.0.1`,
    `certfile ${certificates[kind].cert}`,
    `keyfile ${certificates[kind].key}`,
  ]),
);

test.after.always(async () => {
  await broker.stop();
  await rm(authority.folder, { recursive: true });
  await rm(stranger.folder, { recursive: true });
});

const at = (date: string, quality: ReturnType<CertificateClock['quality']>): CertificateClock => ({
  certificateTime: () => Date.parse(date),
  quality: () => quality,
});

async function connect(kind: Kind, time: CertificateClock, changes: Partial<TlsOptions> = {}) {
  const { log, logged } = testLog();
  const connector = connectTo(
    ports.get(kind) ?? 0,
    {
      url: `mqtts://127.0.0.1:${ports.get(kind)}`,
      clientId: `${kind}-${Math.random()}`,
      tls: {
        ca: await readFile(authority.ca),
        serverName: 'broker.test',
        rejectUnauthorized: true,
        time,
        path: process.env.PATH,
        ...changes,
      },
    },
    log,
  );
  const will = { topic: 'oneface/door/status', payload: 'gone' };
  const connection = await connector({ will }, AbortSignal.timeout(20_000));
  await connection.end();
  return logged.join('');
}

for (const kind of ['future', 'throughBranch'] as const) {
  test(`a certificate that is not yet valid by a clock that is behind is accepted at the last good time: ${kind}`, async (t) => {
    const logged = await connect(kind, at('2035-06-01', 'unsynchronised'));
    t.regex(logged, /good, but not by this machine's clock judgedAt=2035-06-01T00:00:00\.000Z/);
  });
}

test('a certificate made while the device was off is accepted by a clock that no time server keeps', async (t) => {
  for (const quality of ['unsynchronised', 'unknown'] as const) {
    const logged = await connect('throughBranch', at('2026-01-01', quality));
    t.regex(logged, /judgedAt=2035-01-01T00:00:0/);
  }
});

test('a certificate that is not yet valid is refused by a clock that a time server keeps', async (t) => {
  const error = await t.throwsAsync(connect('future', at('2026-01-01', 'synchronised')), {
    instanceOf: UnavailableError,
  });
  t.regex(causes(error), /certificate is not yet valid/);
});

test('a certificate that looks expired to a clock that jumped ahead is accepted at the known time', async (t) => {
  const logged = await connect('past', at('2025-02-10', 'unsynchronised'));
  t.regex(logged, /judgedAt=2025-02-10/);
});

test('a certificate that has expired at the known time is refused, whatever the clock is worth', async (t) => {
  for (const quality of ['synchronised', 'unsynchronised', 'unknown'] as const) {
    for (const [kind, date] of [
      ['past', '2025-04-01'],
      ['future', '2037-01-01'],
    ] as const) {
      const error = await t.throwsAsync(connect(kind, at(date, quality)), { instanceOf: UnavailableError });
      t.regex(causes(error), /certificate has expired/);
    }
  }
});

for (const [kind, reason] of [
  ['byStranger', /error \d+ at .*(unable to get local issuer certificate|self-signed certificate|signature)/],
  ['selfMade', /error \d+ at .*self-signed certificate/],
  ['byNoAuthority', /error \d+ at .*invalid CA certificate/],
  ['tooDeep', /error \d+ at .*path length constraint exceeded/],
  ['forClients', /error \d+ at .*unsuitable certificate purpose/],
] as const) {
  test(`a wrong clock lets no bad chain slip through: ${kind}`, async (t) => {
    for (const date of ['2035-06-01', '2026-01-01']) {
      const error = await t.throwsAsync(connect(kind, at(date, 'unsynchronised')), {
        instanceOf: UnavailableError,
      });
      t.regex(causes(error), reason);
    }
  });
}

test('a wrong clock lets no certificate for another name pass', async (t) => {
  const other = { serverName: 'elsewhere.test' };
  const error = await t.throwsAsync(connect('future', at('2035-06-01', 'unsynchronised'), other), {
    instanceOf: UnavailableError,
  });
  t.regex(causes(error), /elsewhere\.test/);
});

test('a certificate of no configured authority is not accepted for a known one of the system', async (t) => {
  const error = await t.throwsAsync(
    connect('future', at('2035-06-01', 'unsynchronised'), { ca: undefined }),
    { instanceOf: UnavailableError },
  );
  t.regex(causes(error), /unable to get local issuer certificate|unable to verify/);
});

test('without openssl a certificate is refused while the clock is wrong, and the reason is named', async (t) => {
  const error = await t.throwsAsync(
    connect('future', at('2035-06-01', 'unsynchronised'), { path: '/nowhere' }),
    { instanceOf: UnavailableError },
  );
  t.regex(causes(error), /openssl/);
});

/** Messages of an error and of those underneath. */
function causes(error: unknown): string {
  return error instanceof Error ? `${error.message}: ${causes(error.cause)}` : '';
}

const child = fileURLToPath(new URL('support/connect-once.js', import.meta.url));

/** Connects in a process whose clock stands in 1970. */
async function connectIn1970(kind: Kind, ca: string, certificateTime: number): Promise<string> {
  const args = [String(ports.get(kind)), ca, String(certificateTime)];
  const command = ['-f', '@1970-01-01 00:05:00', process.execPath, child, ...args];
  const { stdout } = await promisify(execFile)('faketime', command, {
    env: { ...process.env, TZ: 'UTC', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    timeout: 60_000,
  });
  return stdout;
}

test('a device that starts in 1970 connects to a broker with a good certificate, and to no other', async (t) => {
  const lastGood = Date.now();
  const [good, unknown, bad] = await Promise.all([
    connectIn1970('today', authority.ca, lastGood),
    connectIn1970('today', authority.ca, 0),
    connectIn1970('today', stranger.ca, lastGood),
  ]);
  t.regex(good, /^clock=1970-01-01 .*connected\n$/);
  t.regex(unknown, /^clock=1970-01-01 .*connected\n$/);
  t.regex(bad, /^clock=1970-01-01 .*error \d+ at /);
});
