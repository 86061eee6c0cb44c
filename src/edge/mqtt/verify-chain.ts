import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { PRIVATE_FOLDER_ROOTS, withPrivateFolder } from '../frames/private-folder.js';
import { runWithDeadline } from '../processes/run-with-deadline.js';

const DEADLINE_MILLISECONDS = 10_000;
const OUTPUT_LIMIT = 65_536;
/** The level that Node's own TLS asks of keys and signatures. */
const SECURITY_LEVEL = '1';

/** A chain of certificates, each in DER. */
export interface Chain {
  readonly leaf: Uint8Array;
  /** Whatever else the server sent; none of it is trusted for that. */
  readonly others: readonly Uint8Array[];
}

/**
 * Checks the certificate of a TLS server as it would be checked at another time: every signature up to a
 * trusted authority, purposes, constraints and validity. The name in it is not looked at.
 *
 * Node can only check by the clock of the machine, and names one error of possibly several, so OpenSSL's own
 * program does it (openssl-verification-options(1)).
 *
 * @param authorities trusted certificates, PEM
 * @param time in milliseconds since 1970
 * @param path folders to find `openssl` in, as PATH holds them
 * @throws UnavailableError with OpenSSL's reason when the chain is not valid, or when it cannot be checked
 */
export async function verifyChain(
  { leaf, others }: Chain,
  authorities: string | Uint8Array,
  time: number,
  path: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await withPrivateFolder(PRIVATE_FOLDER_ROOTS, async (folder) => {
    const files = { '-CAfile': authorities, '-untrusted': others.map(toPem).join('') };
    const args = ['verify', '-no-CApath', '-no-CAstore', '-purpose', 'sslserver'];
    args.push('-auth_level', SECURITY_LEVEL, '-attime', String(Math.floor(time / 1000)));
    for (const [option, content] of Object.entries(files)) {
      if (content.length === 0) continue;
      const file = join(folder, `${option.slice(1)}.pem`);
      await writeFile(file, content);
      args.push(option, file);
    }
    const leafFile = join(folder, 'leaf.pem');
    await writeFile(leafFile, toPem(leaf));
    const { exitCode, stdout, stderr } = await runWithDeadline('openssl', [...args, leafFile], {
      cwd: folder,
      env: { PATH: path },
      deadlineMs: DEADLINE_MILLISECONDS,
      outputLimit: OUTPUT_LIMIT,
      signal,
    });
    if (exitCode === 0 && stdout.trim() === `${leafFile}: OK`) return;
    const reason = /^error \d+ at .*$/m.exec(stderr)?.[0] ?? stderr.trim();
    throw new UnavailableError(`not valid at ${new Date(time).toISOString()}: ${reason}`);
  });
}

function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?!$)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
