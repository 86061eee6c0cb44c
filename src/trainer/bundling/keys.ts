import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  formatPublicKey,
  type PrivateKey,
  type PublicKey,
  parsePrivateKey,
  parsePublicKey,
} from '@oneface/common/bundles/keys';
import { expected } from '@oneface/common/errors/errors';
import { writeFileAtomic } from '../files/atomic-write.js';
import { readFileWithin } from '../files/bounded-read.js';
import { isSystemError } from '../files/system-error.js';

const OWNER_ONLY = 0o600;
const MAX_KEY_BYTES = 4096;

/** Where the two halves of a key pair stand. */
export interface KeyFiles {
  /** Secret: signs bundles. */
  readonly privateKey: string;
  /** Goes to the devices: what they check signatures with. */
  readonly publicKey: string;
}

/** The files of a key pair: `NAME.private.pem` and `NAME.public.pem`. */
export function keyFiles(name: string): KeyFiles {
  return { privateKey: `${name}.private.pem`, publicKey: `${name}.public.pem` };
}

/**
 * Opens a key pair and makes it where there is none. A private key is never overwritten, and only its owner
 * may read it; a public key that is absent is written anew from the private one.
 *
 * @param name path and start of the file names
 * @returns the key, and whether it is a new one
 * @throws InputError when a file of the pair is no key, or the two do not belong together
 */
export async function openKeyPair(name: string): Promise<{ key: PrivateKey; created: boolean }> {
  const files = keyFiles(name);
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const created = await createSecretFile(files.privateKey, privateKey);
  const key = await readPrivateKey(files.privateKey);
  const written = await readIfPresent(files.publicKey);
  if (written === undefined) await writeFileAtomic(files.publicKey, formatPublicKey(key.publicKey));
  else if (parsePublicKey(written, files.publicKey).id !== key.publicKey.id) {
    throw expected(`the public key of ${files.privateKey}`, files.publicKey, 'another key');
  }
  return { key, created };
}

/** Reads a private key file (PEM). @throws InputError when it cannot be read or is no such key */
export async function readPrivateKey(file: string): Promise<PrivateKey> {
  return parsePrivateKey(await readKeyText(file), file);
}

/** Reads a public key file (PEM). @throws InputError when it cannot be read or is no such key */
export async function readPublicKey(file: string): Promise<PublicKey> {
  return parsePublicKey(await readKeyText(file), file);
}

async function readKeyText(file: string): Promise<string> {
  return new TextDecoder().decode(await readFileWithin(file, MAX_KEY_BYTES));
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Writes a file whole or not at all, and not over another one; false when there is one already. */
async function createSecretFile(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  try {
    const handle = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike a rename, a link never replaces what is there.
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
