import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  formatPrivateKey,
  formatPublicKey,
  parsePrivateKey,
  parsePublicKey,
  privateKeyOf,
  publicKeyOf,
} from '@oneface/common/bundles/keys';
import { InputError } from '@oneface/common/errors/errors';
import test from 'ava';
import fc from 'fast-check';

/** RFC 8032, section 7.1, test 1. */
const RFC_SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const RFC_PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

test("the public key of RFC 8032's first seed is the one printed there", (t) => {
  t.is(Buffer.from(privateKeyOf(RFC_SEED).publicKey.bytes).toString('hex'), RFC_PUBLIC);
});

test('keys that OpenSSL made are read and written back letter by letter', (t) => {
  const pem = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const key = parsePrivateKey(pem.privateKey);
  t.is(formatPrivateKey(key), pem.privateKey);
  t.is(formatPublicKey(key.publicKey), pem.publicKey);
  t.deepEqual(parsePublicKey(pem.publicKey), key.publicKey);
});

test('every seed gives PEM text that OpenSSL reads as a matching pair', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      const key = privateKeyOf(seed);
      const fromPrivate = createPublicKey(createPrivateKey(formatPrivateKey(key)));
      t.true(fromPrivate.equals(createPublicKey(formatPublicKey(key.publicKey))));
      t.deepEqual(parsePrivateKey(formatPrivateKey(key)), key);
    }),
    { numRuns: 20 },
  );
});

test('text that holds no Ed25519 key is refused and never quoted', (t) => {
  const pem = formatPrivateKey(privateKeyOf(RFC_SEED));
  const other = generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secret = pem.split('\n')[1];
  for (const text of ['', 'secret', other.privateKey, pem.replace('PRIVATE', 'PUBLIC'), pem + pem, secret]) {
    const error = t.throws(() => parsePrivateKey(text), { instanceOf: InputError });
    t.false(error.message.includes(secret) || error.message.includes('secret'));
  }
  t.throws(() => parsePublicKey(other.publicKey), { instanceOf: InputError, message: /another kind/ });
  t.throws(() => parsePublicKey(pem), { instanceOf: InputError, message: /BEGIN PUBLIC KEY/ });
  t.throws(() => parsePublicKey(formatPublicKey(privateKeyOf(RFC_SEED).publicKey).replace('M', '=')), {
    instanceOf: InputError,
  });
});

test('bytes that are no point of the curve are no public key', (t) => {
  t.throws(() => publicKeyOf(new Uint8Array(32).fill(0xff)), { instanceOf: InputError });
  t.throws(() => publicKeyOf(new Uint8Array(31)), { instanceOf: InputError });
  t.throws(() => privateKeyOf(new Uint8Array(33)), { instanceOf: InputError });
});
