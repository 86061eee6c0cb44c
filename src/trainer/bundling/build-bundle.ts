import { encodeBundle, type GoldenPair } from '@oneface/common/bundles/bundle';
import type { PrivateKey } from '@oneface/common/bundles/keys';
import type { ModelCard } from '@oneface/common/bundles/model-card';
import { expected } from '@oneface/common/errors/errors';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import { openModel } from '../evaluation/open-model.js';

/** What a bundle is made of. */
export interface BundleParts {
  /** An int8 ONNX file. */
  readonly model: Uint8Array;
  readonly spec: ModelSpec;
  readonly card: ModelCard;
  /** 1 to 16 pictures as the model takes them: RGB bytes [input.height, input.width, 3]. No photo of a person. */
  readonly goldenPictures: readonly Uint8Array[];
}

/**
 * Runs the model on its golden pictures and packs all into a signed bundle. Equal parts and key give equal
 * bytes.
 *
 * @returns the bytes of a `.oneface` file
 * @throws InputError when the parts do not fit together
 */
export async function buildBundle(parts: BundleParts, key: PrivateKey): Promise<Uint8Array> {
  const { model, spec, card, goldenPictures } = parts;
  if (spec.precision !== 'int8') {
    throw expected('an int8 model, whose outputs are the same on every device', 'a bundle', spec.precision);
  }
  const opened = await openModel(model, spec);
  try {
    const golden: GoldenPair[] = [];
    for (const pixels of goldenPictures) golden.push(await goldenPair(opened.segmenter, pixels));
    return encodeBundle({ spec, card, model, golden }, key);
  } finally {
    await opened.close();
  }
}

async function goldenPair(segmenter: Segmenter, pixels: Uint8Array): Promise<GoldenPair> {
  const { labels, logits } = await segmenter.segment(pixels);
  return { pixels, labels, logits: new Uint8Array(logits) };
}
