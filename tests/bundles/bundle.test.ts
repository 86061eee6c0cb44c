import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import {
  type BundleContents,
  encodeBundle,
  MAX_BUNDLE_BYTES,
  openBundle,
} from '@oneface/common/bundles/bundle';
import { formatPrivateKey, formatPublicKey } from '@oneface/common/bundles/keys';
import type { BundleManifest } from '@oneface/common/bundles/manifest';
import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import test from 'ava';
import fc from 'fast-check';
import { exampleContents, KEY, OTHER_KEY, signParts } from './example.js';

const TRUSTED = [KEY.publicKey];
const PREAMBLE_BYTES = 16;
const SIGNATURE_BYTES = 64;
const TRAILER_BYTES = 8 + 32 + SIGNATURE_BYTES;

/** Header and payload of the example bundle. */
function exampleParts(): { manifest: BundleManifest; payload: Uint8Array } {
  const bytes = Buffer.from(encodeBundle(exampleContents(), KEY));
  const end = PREAMBLE_BYTES + bytes.readUInt32LE(12);
  return {
    manifest: JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, end)),
    payload: bytes.subarray(end, -TRAILER_BYTES),
  };
}

test('a bundle gives back what went in, and says who signed it and the digest of its model', (t) => {
  const contents = exampleContents();
  const bundle = openBundle(encodeBundle(contents, KEY), [OTHER_KEY.publicKey, KEY.publicKey]);
  t.deepEqual(bundle, {
    ...contents,
    modelDigest: createHash('sha256').update(contents.model).digest('hex'),
    signedBy: KEY.publicKey.id,
  });
});

test('any contents of the right sizes survive the round trip, and packing them twice gives equal bytes', (t) => {
  const contents: fc.Arbitrary<BundleContents> = fc
    .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
    .chain(({ width, height }) => {
      const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
      const cells = width * height;
      const pair = fc.record({ pixels: bytes(12 * cells), labels: bytes(cells), logits: bytes(10 * cells) });
      return fc.record({
        spec: fc.constant({
          classSet: 'face-10' as const,
          precision: 'int8' as const,
          input: { width: 2 * width, height: 2 * height },
          output: { width, height },
          logits: { scale: 0.5, zeroPoint: 3 },
        }),
        card: fc.record({
          name: fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
          summary: fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
          training: fc.constant('none'),
          limitations: fc.constant('all'),
          terms: fc.constant('none'),
          results: fc.constant([]),
          sources: fc.constant({}),
        }),
        model: fc.uint8Array({ minLength: 1, maxLength: 300 }),
        golden: fc.array(pair, { minLength: 1, maxLength: 4 }),
      });
    });
  fc.assert(
    fc.property(contents, (given) => {
      const bytes = encodeBundle(given, KEY);
      const { modelDigest: _digest, signedBy: _key, ...opened } = openBundle(bytes, TRUSTED);
      t.deepEqual(opened, given);
      t.deepEqual(encodeBundle(given, KEY), bytes);
    }),
    { numRuns: 40 },
  );
});

test('a bundle is refused after any byte of it was changed, removed or added', (t) => {
  const bytes = encodeBundle(exampleContents(), KEY);
  const place = fc.integer({ min: 0, max: bytes.length - 1 });
  const change = fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
      const changed = bytes.slice();
      changed[at] ^= flip;
      return changed;
    }),
    place.map((at) => new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1)])),
    fc
      .tuple(fc.integer({ min: 0, max: bytes.length }), fc.nat(255))
      .map(([at, byte]) => new Uint8Array([...bytes.subarray(0, at), byte, ...bytes.subarray(at)])),
  );
  fc.assert(
    fc.property(change, (changed) => {
      t.throws(() => openBundle(changed, TRUSTED), { instanceOf: IntegrityError });
    }),
    { numRuns: 300 },
  );
});

test('a bundle is refused after one bit of its preamble, marker, key id or signature was flipped', (t) => {
  const bytes = encodeBundle(exampleContents(), KEY);
  const trailer = bytes.length - TRAILER_BYTES;
  const places = Array.from({ length: bytes.length }, (_, i) => i);
  for (const at of places.filter((i) => i < PREAMBLE_BYTES || i >= trailer)) {
    const changed = bytes.slice();
    changed[at] ^= 1 << (at % 8);
    t.throws(() => openBundle(changed, TRUSTED), { instanceOf: IntegrityError }, `byte ${at}`);
  }
});

test('a bundle is refused when it ends too early, wherever that is', (t) => {
  const bytes = encodeBundle(exampleContents(), KEY);
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => openBundle(bytes.subarray(0, length), TRUSTED), { instanceOf: IntegrityError });
  }
});

test('a bundle that was signed with an unknown key is refused with the ids of both keys', (t) => {
  const error = t.throws(() => openBundle(encodeBundle(exampleContents(), OTHER_KEY), TRUSTED), {
    instanceOf: IntegrityError,
  });
  t.true(error.message.includes(OTHER_KEY.publicKey.id));
  t.true(error.message.includes(KEY.publicKey.id));
});

test("a bundle that names a trusted key but was signed with another one's is refused", (t) => {
  const { manifest, payload } = exampleParts();
  const forged = signParts(Buffer.from(JSON.stringify(manifest)), payload, {
    seed: OTHER_KEY.seed,
    publicKey: KEY.publicKey,
  });
  t.throws(() => openBundle(forged, TRUSTED), { instanceOf: IntegrityError, message: /was changed/ });
});

test('a bundle without its signature is refused, and the message says that it is missing', (t) => {
  const bytes = encodeBundle(exampleContents(), KEY);
  t.throws(() => openBundle(bytes.subarray(0, -TRAILER_BYTES), TRUSTED), {
    instanceOf: IntegrityError,
    message: /Expected a signature for the end of the bundle but received none/,
  });
});

test('opening without any trusted key is an error, not an open door', (t) => {
  t.throws(() => openBundle(encodeBundle(exampleContents(), KEY), []), {
    instanceOf: InputError,
    message: /at least one public key/,
  });
});

test('OpenSSL accepts the signature, and a bundle that OpenSSL signed opens', (t) => {
  const bytes = encodeBundle(exampleContents(), KEY);
  const signed = bytes.subarray(0, -SIGNATURE_BYTES);
  const publicKey = createPublicKey(formatPublicKey(KEY.publicKey));
  t.true(verify(null, signed, publicKey, bytes.subarray(-SIGNATURE_BYTES)));
  const signature = sign(null, signed, createPrivateKey(formatPrivateKey(KEY)));
  t.is(openBundle(Buffer.concat([signed, signature]), TRUSTED).signedBy, KEY.publicKey.id);
});

const HOSTILE: [what: string, path: string, value: unknown, message: RegExp][] = [
  ['overlapping entries', 'entries.2.offset', 171, /offset 172 for bundle entry golden-0.labels/],
  ['a gap', 'entries.1.offset', 101, /offset 100 for bundle entry golden-0.pixels/],
  ['an entry past the end', 'entries.0.length', 2 ** 40, /offset 1099511627776/],
  ['a negative offset', 'entries.0.offset', -1, /manifest.entries\[0\].offset/],
  ['an absurd offset', 'entries.1.offset', 2 ** 53, /offset 100/],
  ['a wrong length', 'entries.2.length', 5, /Expected 6 bytes for bundle entry golden-0.labels/],
  ['a repeated name', 'entries.2.name', 'golden-0.pixels', /Expected golden-0.labels/],
  ['a name with a path', 'entries.0.name', '../model.onnx', /a plain file name/],
  ['a hidden file name', 'entries.0.name', '.profile', /a plain file name/],
  ['no entries', 'entries', [], /Expected 7 entries/],
  ['too many golden pairs', 'goldenPairs', 1e9, /manifest.goldenPairs/],
  ['no golden pair', 'goldenPairs', 0, /manifest.goldenPairs/],
  ['a wrong digest', 'entries.3.sha256', '0'.repeat(64), /SHA-256 0{64} for golden-0.logits/],
  ['an absurd picture size', 'spec.input.width', 1e9, /manifest.spec.input.width/],
  ['a float model', 'spec.precision', 'float32', /Expected an int8 model/],
  ['classes in another order', 'classes', ['background', 'nose', 'mouth', 'eye'], /Expected the classes/],
  ['an unknown field', 'run', 'rm', /received "run"/],
  ['other preprocessing', 'preprocessing.channels', 'BGR', /"RGB"/],
];

for (const [what, path, value, message] of HOSTILE) {
  test(`a signed bundle whose header holds ${what} is refused`, (t) => {
    const { manifest, payload } = exampleParts();
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let owner: Record<string, unknown> = manifest;
    for (const key of keys) owner = owner[key] as Record<string, unknown>;
    owner[last] = value;
    const bytes = signParts(Buffer.from(JSON.stringify(manifest)), payload);
    t.throws(() => openBundle(bytes, TRUSTED), { instanceOf: IntegrityError, message });
  });
}

test('a signed bundle whose header is no canonical JSON object is refused', (t) => {
  const { manifest, payload } = exampleParts();
  const text = JSON.stringify(manifest);
  const headers = [
    '',
    'null',
    '[]',
    '{',
    ` ${text}`,
    text.replace('{', '{"goldenPairs":1,'),
    text.replace('0.125', '1.25e-1'),
    '['.repeat(100_000) + ']'.repeat(100_000),
  ];
  for (const header of [...headers.map((h) => Buffer.from(h)), Buffer.from([0x22, 0xff, 0x22])]) {
    const error = t.throws(() => openBundle(signParts(header, payload), TRUSTED));
    t.true(error instanceof IntegrityError, `${header.subarray(0, 20)}: ${error}`);
  }
});

test('a header length or a file size beyond the limits is refused before anything is computed', (t) => {
  const bytes = Buffer.from(encodeBundle(exampleContents(), KEY));
  bytes.writeUInt32LE(0xffff_ffff, 12);
  t.throws(() => openBundle(bytes, TRUSTED), { instanceOf: IntegrityError, message: /header/ });
  t.throws(() => openBundle(new Uint8Array(MAX_BUNDLE_BYTES + 1), TRUSTED), {
    instanceOf: IntegrityError,
    message: /received 67108865 bytes/,
  });
});

test('packing contents that do not fit their spec is refused', (t) => {
  const contents = exampleContents();
  const [pair] = contents.golden;
  const bad = { ...contents, golden: [{ ...pair, labels: pair.labels.subarray(1) }] };
  t.throws(() => encodeBundle(bad, KEY), {
    instanceOf: InputError,
    message: 'Expected 6 bytes for bundle entry golden-0.labels but received 5',
  });
  t.throws(() => encodeBundle({ ...contents, golden: [] }, KEY), { instanceOf: InputError });
});
