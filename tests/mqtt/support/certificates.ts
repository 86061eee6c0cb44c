import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of a certificate and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says; all that is left out is as a broker has it today. */
export interface IssueOptions {
  /** When it begins, such as "2030-01-01"; now if left out. */
  readonly from?: string;
  readonly days?: number;
  /** Lines of OpenSSL's extension file, in place of the name as DNS name. */
  readonly extensions?: readonly string[];
  /** Who signs, in place of the authority; its certificate stands behind the new one in the file. */
  readonly issuer?: Certificate;
  /** Name of the files, in place of the name in the certificate. */
  readonly file?: string;
}

/** A certificate authority that lives for one test run. */
export interface Authority {
  readonly folder: string;
  /** Path of its own certificate. */
  readonly ca: string;
  /** Signs a certificate for a host name. */
  issue(name: string, options?: IssueOptions): Promise<Certificate>;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Runs OpenSSL as if it were another day; only so can it make certificates of the past and the future. */
async function openssl(from: string | undefined, args: readonly string[]): Promise<void> {
  if (from === undefined) await run('openssl', args);
  else
    await run('faketime', [`${from} 00:00:00`, 'openssl', ...args], { env: { ...process.env, TZ: 'UTC' } });
}

/** Makes a certificate authority with OpenSSL. */
export async function createAuthority(options: Pick<IssueOptions, 'from' | 'days'> = {}): Promise<Authority> {
  const { from, days = 2 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'oneface-tls-'));
  const own = await makeSelfSigned(folder, 'ca', from, days);
  return {
    folder,
    ca: own.cert,
    async issue(
      name,
      { from, days = 2, extensions = [`subjectAltName=DNS:${name}`], issuer, file = name } = {},
    ) {
      const [cert, key, request, extensionFile] = ['crt', 'key', 'csr', 'ext'].map((end) =>
        join(folder, `${file}.${end}`),
      );
      const signer = issuer ?? own;
      await writeFile(extensionFile, `${extensions.join('\n')}\n`);
      await run('openssl', ['req', ...EC_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`]);
      const signing = ['-CA', signer.cert, '-CAkey', signer.key, '-CAcreateserial', '-days', String(days)];
      await openssl(from, [
        ...['x509', '-req', '-in', request, '-out', cert],
        ...signing,
        ...['-extfile', extensionFile],
      ]);
      if (issuer !== undefined) await appendFile(cert, await readFile(issuer.cert));
      return { cert, key };
    },
  };
}

/** Makes a certificate that nobody but itself vouches for. */
export async function makeSelfSigned(
  folder: string,
  name: string,
  from?: string,
  days = 2,
): Promise<Certificate> {
  const [cert, key] = ['crt', 'key'].map((end) => join(folder, `${name}.${end}`));
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  await openssl(from, [
    'req',
    '-x509',
    ...EC_KEY,
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    String(days),
    ...subject,
  ]);
  return { cert, key };
}
