import { X509Certificate } from 'node:crypto';
import { expected } from '@oneface/common/errors/errors';

const PEM = '-----BEGIN ';

/**
 * Checks what a file of trusted authorities holds. Left to the connection, a mistake in it would look like a
 * server that is away; a certificate in DER, which TLS passes over, like one that nobody vouches for.
 *
 * @param subject the setting that names the file
 * @throws InputError when it holds no certificate in PEM
 */
export function requireCertificates(file: Buffer, subject: string): void {
  try {
    new X509Certificate(file);
  } catch (cause) {
    throw expected('certificates (PEM)', subject, cause, { cause });
  }
  if (!file.includes(PEM)) throw expected('certificates (PEM)', subject, 'one in DER');
}
