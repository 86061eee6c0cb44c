import { readFile, stat } from 'node:fs/promises';
import { type Bundle, MAX_BUNDLE_BYTES, openBundle } from '@oneface/common/bundles/bundle';
import { requireGoldenPairs } from '@oneface/common/bundles/golden';
import { type PublicKey, parsePublicKey } from '@oneface/common/bundles/keys';
import { expected, withFileName } from '@oneface/common/errors/errors';
import { createOrtSegmenter, type OrtSegmenter } from '../inference/ort-segmenter.js';

/** A bundle that has proven itself on this device. */
export interface LoadedBundle extends Pick<Bundle, 'spec' | 'card' | 'modelDigest' | 'signedBy'> {
  readonly segmenter: OrtSegmenter;
}

/** What a device may decide about loading. */
export interface LoadOptions {
  /** Threads for one picture; all cores unless given. */
  readonly threads?: number;
}

/**
 * Loads a bundle for use: signature and digests are checked before anything in it is used, then its golden
 * pairs must come out bit for bit on this device.
 *
 * @param file a `.oneface` file
 * @param trustedKeyFiles public keys (PEM) whose signature is accepted; at least one
 * @throws InputError when a file cannot be read or is no key
 * @throws IntegrityError when the bundle must not be used; both name the file
 */
export async function loadBundle(
  file: string,
  trustedKeyFiles: readonly string[],
  options: LoadOptions = {},
): Promise<LoadedBundle> {
  const trustedKeys = await Promise.all(trustedKeyFiles.map(readPublicKey));
  const bytes = await readBundle(file);
  try {
    return await prove(bytes, trustedKeys, options);
  } catch (error) {
    throw withFileName(error, file);
  }
}

async function prove(
  bytes: Uint8Array,
  trustedKeys: readonly PublicKey[],
  options: LoadOptions,
): Promise<LoadedBundle> {
  const { spec, card, model, golden, modelDigest, signedBy } = openBundle(bytes, trustedKeys);
  const segmenter = await createOrtSegmenter(model, spec, options.threads);
  try {
    await requireGoldenPairs(segmenter, golden);
  } catch (error) {
    await segmenter.close();
    throw error;
  }
  return { spec, card, modelDigest, signedBy, segmenter };
}

async function readPublicKey(file: string): Promise<PublicKey> {
  return parsePublicKey((await readWhole(file)).toString('utf8'), file);
}

async function readBundle(file: string): Promise<Uint8Array> {
  const stats = await readable(file, () => stat(file));
  if (!stats.isFile()) throw expected('a file', file, 'something that is no regular file');
  if (stats.size > MAX_BUNDLE_BYTES) throw expected(`at most ${MAX_BUNDLE_BYTES} bytes`, file, stats.size);
  return readWhole(file);
}

function readWhole(file: string): Promise<Buffer> {
  return readable(file, () => readFile(file));
}

async function readable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw expected('a file that can be read', file, cause, { cause });
  }
}
