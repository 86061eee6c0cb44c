import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { utf8 } from '@scure/base';
import { classSet } from '../classes/class-sets.js';
import { expected, InputError, IntegrityError } from '../errors/errors.js';
import { PIXEL_SCALE, ZERO_PIXEL } from '../images/normalization.js';
import type { ModelSpec } from '../models/model-spec.js';
import type { PrivateKey, PublicKey } from './keys.js';
import {
  type BundleManifest,
  checkManifest,
  formatManifest,
  goldenEntries,
  MODEL_ENTRY,
  parseManifest,
} from './manifest.js';
import type { ModelCard } from './model-card.js';

/*
 * One file, integers little-endian:
 *
 *   magic       8 bytes
 *   version     uint32
 *   header size uint32
 *   header      canonical JSON (BundleManifest)
 *   payload     the entries that the header lists, back to back
 *   marker      8 bytes
 *   key id      32 bytes: SHA-256 of the public key
 *   signature   64 bytes: Ed25519 over every byte before it
 */
const MAGIC = utf8.decode('ONEFACE\n');
const MARKER = utf8.decode('ONESIGN\n');
const VERSION = 1;
const PREAMBLE_BYTES = MAGIC.length + 8;
const KEY_ID_BYTES = 32;
const SIGNATURE_BYTES = 64;
const TRAILER_BYTES = MARKER.length + KEY_ID_BYTES + SIGNATURE_BYTES;
const MAX_HEADER_BYTES = 256 * 1024;

/** No bundle is larger: a reader can refuse a file before it reads it. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;

/** A picture and what the model says of it, byte for byte. */
export interface GoldenPair {
  /** RGB [input.height, input.width, 3] */
  readonly pixels: Uint8Array;
  /** [output.height, output.width] */
  readonly labels: Uint8Array;
  /** [classes, output.height, output.width], quantised */
  readonly logits: Uint8Array;
}

/** What goes into a bundle. */
export interface BundleContents {
  readonly spec: ModelSpec;
  readonly card: ModelCard;
  /** The int8 ONNX file. */
  readonly model: Uint8Array;
  /** 1 to 16 pairs. */
  readonly golden: readonly GoldenPair[];
}

/** What came out of a bundle whose signature and digests hold. */
export interface Bundle extends BundleContents {
  /** SHA-256 of the ONNX file, in hex. */
  readonly modelDigest: string;
  /** Id of the key that signed it. */
  readonly signedBy: string;
}

/**
 * Packs and signs a bundle. The same contents and key give the same bytes.
 *
 * @throws InputError when contents and spec disagree
 */
export function encodeBundle(contents: BundleContents, key: PrivateKey): Uint8Array {
  const parts: [name: string, bytes: Uint8Array][] = [[MODEL_ENTRY, contents.model]];
  contents.golden.forEach((pair, index) => {
    const names = goldenEntries(index);
    parts.push([names.pixels, pair.pixels], [names.labels, pair.labels], [names.logits, pair.logits]);
  });
  let offset = 0;
  const entries = parts.map(([name, bytes]) => {
    const entry = { name, offset, length: bytes.length, sha256: bytesToHex(sha256(bytes)) };
    offset += bytes.length;
    return entry;
  });
  const manifest: BundleManifest = {
    spec: contents.spec,
    classes: classSet(contents.spec.classSet).classes.map((part) => part.name),
    preprocessing: { channels: 'RGB', layout: 'NHWC', zeroPixel: ZERO_PIXEL, pixelScale: PIXEL_SCALE },
    card: contents.card,
    goldenPairs: contents.golden.length,
    entries,
  };
  const header = formatManifest(checkManifest(manifest, offset));
  const size = PREAMBLE_BYTES + header.length + offset + TRAILER_BYTES;
  if (header.length > MAX_HEADER_BYTES) {
    throw expected(`at most ${MAX_HEADER_BYTES} bytes`, 'the bundle header', header.length);
  }
  if (size > MAX_BUNDLE_BYTES) throw expected(`at most ${MAX_BUNDLE_BYTES} bytes`, 'the bundle', size);
  const preamble = new Uint8Array(PREAMBLE_BYTES);
  preamble.set(MAGIC);
  const view = new DataView(preamble.buffer);
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + 4, header.length, true);
  const signed = concatBytes(
    preamble,
    header,
    ...parts.map(([, bytes]) => bytes),
    MARKER,
    hexToBytes(key.publicKey.id),
  );
  return concatBytes(signed, ed25519.sign(signed, key.seed));
}

/**
 * Opens a bundle. The signature is checked before anything inside is read.
 *
 * @param bytes the whole file; the bundle's parts are views of it
 * @param trustedKeys at least one key whose signature is accepted
 * @throws IntegrityError when any byte is not as it was signed, or the signer is not trusted
 */
export function openBundle(bytes: Uint8Array, trustedKeys: readonly PublicKey[]): Bundle {
  if (trustedKeys.length === 0) throw expected('at least one public key', 'the trusted keys', undefined);
  const headerLength = checkFrame(bytes);
  const signedBy = checkSignature(bytes, trustedKeys);
  const header = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + headerLength);
  const payload = bytes.subarray(PREAMBLE_BYTES + headerLength, bytes.length - TRAILER_BYTES);
  const manifest = readManifest(header, payload.length);
  const entries = manifest.entries.map(({ name, offset, length, sha256: digest }) => {
    const content = payload.subarray(offset, offset + length);
    const found = bytesToHex(sha256(content));
    if (found !== digest) throw refused(`SHA-256 ${digest}`, name, found);
    return content;
  });
  const [model, ...golden] = entries;
  return {
    spec: manifest.spec,
    card: manifest.card,
    model,
    golden: Array.from({ length: manifest.goldenPairs }, (_, index) => {
      const [pixels, labels, logits] = golden.slice(3 * index);
      return { pixels, labels, logits };
    }),
    modelDigest: manifest.entries[0].sha256,
    signedBy,
  };
}

/** Checks the fixed parts and returns the header's length in bytes. */
function checkFrame(bytes: Uint8Array): number {
  const least = PREAMBLE_BYTES + TRAILER_BYTES;
  if (bytes.length < least || bytes.length > MAX_BUNDLE_BYTES) {
    throw refused(`${least} to ${MAX_BUNDLE_BYTES} bytes`, 'a bundle', `${bytes.length} bytes`);
  }
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw refused('a bundle', 'the file', 'another format');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) throw refused(`version ${VERSION}`, 'the bundle', `version ${version}`);
  const headerLength = view.getUint32(MAGIC.length + 4, true);
  const most = Math.min(MAX_HEADER_BYTES, bytes.length - least);
  if (headerLength > most) throw refused(`at most ${most} bytes`, 'the bundle header', headerLength);
  return headerLength;
}

function checkSignature(bytes: Uint8Array, trustedKeys: readonly PublicKey[]): string {
  const trailer = bytes.subarray(bytes.length - TRAILER_BYTES);
  if (!MARKER.every((byte, i) => trailer[i] === byte)) {
    throw refused('a signature', 'the end of the bundle', 'none');
  }
  const keyId = bytesToHex(trailer.subarray(MARKER.length, MARKER.length + KEY_ID_BYTES));
  const key = trustedKeys.find(({ id }) => id === keyId);
  if (key === undefined) {
    const known = trustedKeys.map(({ id }) => id).join(', ');
    throw refused(`a signature by ${known}`, 'the bundle', `one by the unknown key ${keyId}`);
  }
  const signature = trailer.subarray(-SIGNATURE_BYTES);
  // RFC 8032's strict rules: ZIP 215, the default here, takes more than one encoding of the same point.
  if (!ed25519.verify(signature, bytes.subarray(0, -SIGNATURE_BYTES), key.bytes, { zip215: false })) {
    throw new IntegrityError('The bundle was changed after it was signed: its signature does not hold');
  }
  return keyId;
}

function readManifest(header: Uint8Array, payloadLength: number): BundleManifest {
  try {
    return checkManifest(parseManifest(header), payloadLength);
  } catch (cause) {
    if (cause instanceof InputError) throw new IntegrityError(cause.message, { cause });
    throw cause;
  }
}

function refused(what: string, subject: string, received: unknown): IntegrityError {
  return new IntegrityError(`Expected ${what} for ${subject} but received ${received}`);
}
