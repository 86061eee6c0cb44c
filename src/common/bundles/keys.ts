import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { expected } from '../errors/errors.js';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410, section 4). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
/** DER of an Ed25519 PKCS #8 private key up to the 32 bytes of the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
);
const KEY_BYTES = 32;

/** An Ed25519 public key that signatures are checked with. */
export interface PublicKey {
  /** SHA-256 of the 32 raw bytes, in hex: names the key in bundles and messages. */
  readonly id: string;
  /** 32 bytes (RFC 8032). */
  readonly bytes: Uint8Array;
}

/** An Ed25519 private key with the public key that belongs to it. */
export interface PrivateKey {
  /** 32 bytes: the seed of RFC 8032. */
  readonly seed: Uint8Array;
  readonly publicKey: PublicKey;
}

/**
 * Makes a public key of its 32 raw bytes.
 *
 * @throws InputError when they are no usable point of the curve
 */
export function publicKeyOf(bytes: Uint8Array): PublicKey {
  if (!ed25519.utils.isValidPublicKey(bytes, false)) {
    throw expected('the 32 bytes of an Ed25519 public key', 'the public key', bytes);
  }
  return { id: bytesToHex(sha256(bytes)), bytes: bytes.slice() };
}

/** Makes a private key of its 32-byte seed. */
export function privateKeyOf(seed: Uint8Array): PrivateKey {
  if (seed.length !== KEY_BYTES) throw expected('a seed of 32 bytes', 'the private key', seed);
  return { seed: seed.slice(), publicKey: publicKeyOf(ed25519.getPublicKey(seed)) };
}

/**
 * Reads an Ed25519 public key from PEM text ("BEGIN PUBLIC KEY", as OpenSSL writes it).
 *
 * @param subject what to call it in an error, such as its file
 * @throws InputError when the text holds anything else
 */
export function parsePublicKey(pem: string, subject = 'the public key'): PublicKey {
  return publicKeyOf(unwrap(pem, 'PUBLIC KEY', SPKI_PREFIX, subject));
}

/**
 * Reads an Ed25519 private key from unencrypted PEM text ("BEGIN PRIVATE KEY", as OpenSSL writes it).
 *
 * @param subject what to call it in an error, such as its file
 * @throws InputError when the text holds anything else; the message never quotes the text
 */
export function parsePrivateKey(pem: string, subject = 'the private key'): PrivateKey {
  return privateKeyOf(unwrap(pem, 'PRIVATE KEY', PKCS8_PREFIX, subject));
}

/** Writes a public key as PEM text. */
export function formatPublicKey(key: PublicKey): string {
  return wrap('PUBLIC KEY', SPKI_PREFIX, key.bytes);
}

/** Writes a private key as unencrypted PEM text. */
export function formatPrivateKey(key: PrivateKey): string {
  return wrap('PRIVATE KEY', PKCS8_PREFIX, key.seed);
}

function unwrap(pem: string, label: string, prefix: Uint8Array, subject: string): Uint8Array {
  const found = new RegExp(`^-----BEGIN ${label}-----\\s+([A-Za-z0-9+/=\\s]+)-----END ${label}-----$`).exec(
    pem.trim(),
  );
  if (found?.[1] === undefined) throw expected(`one PEM block "BEGIN ${label}"`, subject, 'another text');
  const der = decodeBase64(found[1].replaceAll(/\s/g, ''), subject);
  if (der.length !== prefix.length + KEY_BYTES || !prefix.every((byte, i) => der[i] === byte)) {
    throw expected('an Ed25519 key', subject, 'a key of another kind');
  }
  return der.subarray(prefix.length);
}

function decodeBase64(text: string, subject: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch (cause) {
    throw expected('base64 text', subject, 'other characters', { cause });
  }
}

function wrap(label: string, prefix: Uint8Array, key: Uint8Array): string {
  const der = new Uint8Array([...prefix, ...key]);
  return `-----BEGIN ${label}-----\n${base64.encode(der)}\n-----END ${label}-----\n`;
}
