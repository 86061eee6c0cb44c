import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of a certificate and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives for one test run. */
export interface Authority {
  readonly folder: string;
  /** Path of its own certificate. */
  readonly ca: string;
  /** Signs a certificate for a host name. */
  issue(name: string): Promise<Certificate>;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a certificate authority with OpenSSL. */
export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-tls-'));
  const ca = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  await run('openssl', [
    'req',
    '-x509',
    ...EC_KEY,
    '-keyout',
    caKey,
    '-out',
    ca,
    '-days',
    '2',
    '-subj',
    '/CN=ca',
  ]);
  return {
    folder,
    ca,
    async issue(name) {
      const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((end) =>
        join(folder, `${name}.${end}`),
      );
      await writeFile(extensions, `subjectAltName=DNS:${name}\n`);
      await run('openssl', ['req', ...EC_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`]);
      const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions];
      await run('openssl', ['x509', '-req', '-in', request, '-out', cert, ...signing]);
      return { cert, key };
    },
  };
}
