import { type Bundle, MAX_BUNDLE_BYTES, openBundle } from '@oneface/common/bundles/bundle';
import { requireGoldenPairs } from '@oneface/common/bundles/golden';
import type { PublicKey } from '@oneface/common/bundles/keys';
import { withFileName } from '@oneface/common/errors/errors';
import { openModel } from '../evaluation/open-model.js';
import { readFileWithin } from '../files/bounded-read.js';

/**
 * Checks a bundle as a device does: signature and digests first, then the golden pairs on this machine.
 *
 * @param file a `.oneface` file
 * @param trustedKeys keys whose signature is accepted; at least one
 * @throws InputError when the file cannot be read
 * @throws IntegrityError when the bundle must not be used; both name the file
 */
export async function verifyBundle(file: string, trustedKeys: readonly PublicKey[]): Promise<Bundle> {
  const bytes = await readFileWithin(file, MAX_BUNDLE_BYTES);
  try {
    return await verify(bytes, trustedKeys);
  } catch (error) {
    throw withFileName(error, file);
  }
}

async function verify(bytes: Uint8Array, trustedKeys: readonly PublicKey[]): Promise<Bundle> {
  const bundle = openBundle(bytes, trustedKeys);
  const model = await openModel(bundle.model, bundle.spec);
  try {
    await requireGoldenPairs(model.segmenter, bundle.golden);
  } finally {
    await model.close();
  }
  return bundle;
}
