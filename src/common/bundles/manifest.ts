import { utf8 } from '@scure/base';
import { type Static, Type } from '@sinclair/typebox';
import { classSet } from '../classes/class-sets.js';
import { expected } from '../errors/errors.js';
import { CLOSED, Digest } from '../events/fields.js';
import { PIXEL_SCALE, ZERO_PIXEL } from '../images/normalization.js';
import { ModelSpec } from '../models/model-spec.js';
import { compileValidator } from '../schemas/validator.js';
import { ModelCard } from './model-card.js';

/** Most golden pairs that a bundle may carry. */
export const MAX_GOLDEN_PAIRS = 16;

export const MODEL_ENTRY = 'model.onnx';

const Entry = Type.Object(
  {
    /** Bundles have no folders. */
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9.-]{0,63}$',
      title: 'a plain file name',
    }),
    /** Bytes from the start of the payload. */
    offset: Type.Integer({ minimum: 0 }),
    length: Type.Integer({ minimum: 1 }),
    sha256: Digest,
  },
  CLOSED,
);

/** The header of a bundle: everything about it that is not payload. */
export const BundleManifest = Type.Object(
  {
    spec: ModelSpec,
    /** Names of the labels, in order. */
    classes: Type.Array(Type.String()),
    /** How a frame becomes the model's input; a device that prepares pixels otherwise must refuse. */
    preprocessing: Type.Object(
      {
        channels: Type.Literal('RGB'),
        layout: Type.Literal('NHWC'),
        zeroPixel: Type.Literal(ZERO_PIXEL),
        pixelScale: Type.Literal(PIXEL_SCALE),
      },
      CLOSED,
    ),
    card: ModelCard,
    goldenPairs: Type.Integer({ minimum: 1, maximum: MAX_GOLDEN_PAIRS }),
    /** The model, then pixels, labels and logits of each golden pair; back to back. */
    entries: Type.Array(Entry),
  },
  CLOSED,
);
export type BundleManifest = Static<typeof BundleManifest>;

const validateManifest = compileValidator(BundleManifest, 'manifest');

/** Names of the three entries of a golden pair. */
export function goldenEntries(index: number): { pixels: string; labels: string; logits: string } {
  const prefix = `golden-${index}`;
  return { pixels: `${prefix}.pixels`, labels: `${prefix}.labels`, logits: `${prefix}.logits` };
}

/** Writes a manifest as canonical JSON. */
export function formatManifest(manifest: BundleManifest): Uint8Array {
  return utf8.decode(JSON.stringify(manifest));
}

/**
 * Reads a manifest that `formatManifest` wrote; other spellings of the same JSON are refused, so that
 * repeated keys or odd numbers cannot mean different things to different readers.
 *
 * @throws InputError when it is not such a manifest
 */
export function parseManifest(bytes: Uint8Array): unknown {
  let value: unknown;
  let canonical: boolean;
  try {
    const text = utf8.encode(bytes);
    value = JSON.parse(text);
    canonical = JSON.stringify(value) === text;
  } catch (cause) {
    throw expected('JSON text', 'the bundle header', cause, { cause });
  }
  if (!canonical) throw expected('canonical JSON', 'the bundle header', 'another spelling of it');
  return value;
}

/**
 * Makes sure that a manifest describes its payload completely: right entries in the right order, no gap,
 * no overlap, no byte left over.
 *
 * @param value a manifest from anywhere
 * @param payloadLength bytes in the payload
 * @throws InputError naming the first thing that is wrong
 */
export function checkManifest(value: unknown, payloadLength: number): BundleManifest {
  const manifest = validateManifest(value);
  const { classes, spec } = manifest;
  if (spec.precision !== 'int8') throw expected('an int8 model', 'a bundle', spec.precision);
  const known = classSet(spec.classSet).classes.map((part) => part.name);
  if (known.length !== classes.length || known.some((name, label) => classes[label] !== name)) {
    throw expected(`the classes ${known.join(', ')}`, spec.classSet, classes);
  }
  checkEntries(manifest, payloadLength);
  return manifest;
}

function checkEntries(manifest: BundleManifest, payloadLength: number): void {
  const { classes, entries, spec } = manifest;
  const cells = spec.output.width * spec.output.height;
  const wanted: { name: string; length?: number }[] = [{ name: MODEL_ENTRY }];
  for (let i = 0; i < manifest.goldenPairs; i++) {
    const names = goldenEntries(i);
    wanted.push({ name: names.pixels, length: spec.input.width * spec.input.height * 3 });
    wanted.push({ name: names.labels, length: cells });
    wanted.push({ name: names.logits, length: cells * classes.length });
  }
  if (entries.length !== wanted.length) {
    throw expected(`${wanted.length} entries`, 'the bundle header', entries.length);
  }
  let end = 0;
  wanted.forEach(({ name, length }, index) => {
    const entry = entries[index];
    if (entry.name !== name) throw expected(name, `bundle entry ${index}`, entry.name);
    if (entry.offset !== end) throw expected(`offset ${end}`, `bundle entry ${name}`, entry.offset);
    if (length !== undefined && entry.length !== length) {
      throw expected(`${length} bytes`, `bundle entry ${name}`, entry.length);
    }
    end += entry.length;
  });
  if (end !== payloadLength) throw expected(`${end} bytes`, 'the bundle payload', payloadLength);
}
