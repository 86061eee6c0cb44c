import { ed25519 } from '@noble/curves/ed25519.js';
import type { BundleContents } from '@oneface/common/bundles/bundle';
import { type PrivateKey, privateKeyOf } from '@oneface/common/bundles/keys';

export const KEY = privateKeyOf(new Uint8Array(32).fill(7));
export const OTHER_KEY = privateKeyOf(new Uint8Array(32).fill(8));

/** A small bundle's contents: the model is no ONNX file, which the format does not ask for. */
export function exampleContents(): BundleContents {
  const bytes = (length: number, start: number) => Uint8Array.from({ length }, (_, i) => start + i * 3);
  return {
    spec: {
      classSet: 'face-3',
      precision: 'int8',
      input: { width: 6, height: 4 },
      output: { width: 3, height: 2 },
      logits: { scale: 0.125, zeroPoint: 128 },
    },
    card: {
      name: 'example',
      summary: 'Finds parts, even ä and 目.',
      training: 'None.',
      limitations: 'Knows nothing.',
      terms: 'For tests.',
      results: [{ dataset: 'none', pictures: 1, classSet: 'face-3', meanIou: 0.25 }],
      sources: { generator: 'ab'.repeat(32) },
    },
    model: bytes(100, 1),
    golden: [0, 1].map((pair) => ({
      pixels: bytes(72, pair),
      labels: bytes(6, 10 + pair),
      logits: bytes(24, 20 + pair),
    })),
  };
}

/** Puts a bundle together from raw parts and signs it, whatever they hold. */
export function signParts(header: Uint8Array, payload: Uint8Array, key: PrivateKey = KEY): Uint8Array {
  const preamble = Buffer.concat([Buffer.from('ONEFACE\n'), Buffer.alloc(8)]);
  preamble.writeUInt32LE(1, 8);
  preamble.writeUInt32LE(header.length, 12);
  const keyId = Buffer.from(key.publicKey.id, 'hex');
  const signed = Buffer.concat([preamble, header, payload, Buffer.from('ONESIGN\n'), keyId]);
  return Buffer.concat([signed, ed25519.sign(signed, key.seed)]);
}
