import { IntegrityError } from '../errors/errors.js';
import type { Segmenter } from '../segmentation/segmenter.js';
import type { GoldenPair } from './bundle.js';

/**
 * Proves a model on the machine at hand: every golden picture must give its labels and logits bit for bit.
 *
 * @throws IntegrityError naming the first pair that differs and by how many values
 */
export async function requireGoldenPairs(segmenter: Segmenter, pairs: readonly GoldenPair[]): Promise<void> {
  for (const [index, pair] of pairs.entries()) {
    const { labels, logits } = await segmenter.segment(pair.pixels);
    requireEqual(labels, pair.labels, `labels of golden pair ${index}`);
    requireEqual(logits, pair.logits, `logits of golden pair ${index}`);
  }
}

function requireEqual(found: ArrayLike<number>, golden: Uint8Array, subject: string): void {
  let different = Math.abs(found.length - golden.length);
  golden.forEach((value, i) => {
    if (i < found.length && found[i] !== value) different++;
  });
  if (different > 0) {
    throw new IntegrityError(
      `Expected the ${golden.length} ${subject} bit for bit but received ${different} other values`,
    );
  }
}
