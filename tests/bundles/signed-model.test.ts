import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type BundleContents, encodeBundle, openBundle } from '@oneface/common/bundles/bundle';
import { formatPublicKey } from '@oneface/common/bundles/keys';
import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import { loadBundle } from '@oneface/edge/bundles/load-bundle';
import { buildBundle } from '@oneface/trainer/bundling/build-bundle';
import { verifyBundle } from '@oneface/trainer/bundling/verify-bundle';
import { openModel } from '@oneface/trainer/evaluation/open-model';
import type { SegmenterFile } from '@oneface/trainer/quantization/quantize-network';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { tinyPicture, tinySegmenter } from '../support/tiny-segmenter.js';
import { exampleContents, KEY, OTHER_KEY } from './example.js';

const TRUSTED = [KEY.publicKey];
const { card } = exampleContents();
const goldenPictures = [11, 12, 13, 14].map(tinyPicture);

let float: SegmenterFile;
let int8: SegmenterFile;
let bytes: Uint8Array;

test.before(async () => {
  ({ float, int8 } = await tinySegmenter());
  bytes = await buildBundle({ ...int8, card, goldenPictures }, KEY);
});

/** Both programs' verdict on the same file must be the same. */
async function refusedByBoth(t: ExecutionContext, file: Uint8Array, message: RegExp): Promise<void> {
  const folder = await temporaryFolder(t);
  await writeFile(`${folder}/model.oneface`, file);
  await writeFile(`${folder}/key.pem`, formatPublicKey(KEY.publicKey));
  const expectation = { instanceOf: IntegrityError, message };
  await t.throwsAsync(verifyBundle(`${folder}/model.oneface`, TRUSTED), expectation);
  await t.throwsAsync(loadBundle(`${folder}/model.oneface`, [`${folder}/key.pem`]), expectation);
}

/** A bundle that is signed as it should be, but holds something else. */
function signed(changes: Partial<BundleContents>): Uint8Array {
  return encodeBundle({ ...openBundle(bytes, TRUSTED), ...changes }, KEY);
}

test('the device gets from a bundle what the trainer put in, proven, and segments as the trainer does', async (t) => {
  const folder = await temporaryFolder(t);
  const file = `${folder}/model.oneface`;
  await writeFile(file, bytes);
  const verified = await verifyBundle(file, TRUSTED);
  t.is(verified.golden.length, goldenPictures.length);
  t.deepEqual(verified.card, card);
  await writeFile(`${folder}/key.pem`, formatPublicKey(KEY.publicKey));
  const trained = await openModel(int8.model, int8.spec);
  for (const threads of [1, 2]) {
    const loaded = await loadBundle(file, [`${folder}/key.pem`], { threads });
    t.deepEqual(loaded.spec, int8.spec);
    t.is(loaded.modelDigest, createHash('sha256').update(int8.model).digest('hex'));
    t.is(loaded.signedBy, KEY.publicKey.id);
    const picture = tinyPicture(99);
    t.deepEqual(await loaded.segmenter.segment(picture), await trained.segmenter.segment(picture));
    await loaded.segmenter.close();
  }
  await trained.close();
});

test('building twice gives the same bytes', async (t) => {
  t.deepEqual(await buildBundle({ ...int8, card, goldenPictures }, KEY), bytes);
});

test('golden pictures of one model tell its labels apart: they hold more than one class', (t) => {
  const labels = openBundle(bytes, TRUSTED).golden.flatMap((pair) => [...pair.labels]);
  t.true(new Set(labels).size > 1);
});

test('a bundle with one changed bit is refused by trainer and device', async (t) => {
  const changed = bytes.slice();
  changed[changed.length >> 1] ^= 1;
  await refusedByBoth(t, changed, /changed after it was signed/);
});

test('a bundle by an unknown key is refused by trainer and device', async (t) => {
  const file = await buildBundle({ ...int8, card, goldenPictures }, OTHER_KEY);
  await refusedByBoth(t, file, new RegExp(OTHER_KEY.publicKey.id));
});

test('a bundle whose golden logits this machine does not reproduce is refused, however little differs', async (t) => {
  const [first, ...others] = openBundle(bytes, TRUSTED).golden;
  const logits = first.logits.slice();
  logits[5] ^= 1;
  await refusedByBoth(
    t,
    signed({ golden: [...others, { ...first, logits }] }),
    /logits of golden pair 3 .* 1 other/,
  );
});

test('a bundle whose golden labels this machine does not reproduce is refused', async (t) => {
  const [first, ...others] = openBundle(bytes, TRUSTED).golden;
  const labels = first.labels.map((label) => (label + 1) % 4);
  await refusedByBoth(
    t,
    signed({ golden: [{ ...first, labels }, ...others] }),
    /labels of golden pair 0 .* 64 other/,
  );
});

test('a bundle whose model takes other pictures than its header says is refused', async (t) => {
  const spec = { ...int8.spec, input: { width: 32, height: 8 } };
  await refusedByBoth(t, signed({ spec }), /Expected the model input pixels: uint8 \[1, 8, 32, 3\]/);
});

test('a signed bundle whose model is no ONNX file ends in a clear error', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(`${folder}/model.oneface`, signed({ model: Uint8Array.of(1, 2, 3) }));
  await t.throwsAsync(verifyBundle(`${folder}/model.oneface`, TRUSTED), {
    instanceOf: InputError,
    message: /Expected an ONNX model/,
  });
});

test('a float model and pictures of another size make no bundle', async (t) => {
  await t.throwsAsync(buildBundle({ ...float, card, goldenPictures }, KEY), {
    instanceOf: InputError,
    message: /Expected an int8 model/,
  });
  await t.throwsAsync(buildBundle({ ...int8, card, goldenPictures: [new Uint8Array(3)] }, KEY), {
    instanceOf: InputError,
    message: /16x16 RGB/,
  });
  await t.throwsAsync(buildBundle({ ...int8, card, goldenPictures: [] }, KEY), { instanceOf: InputError });
});

test('a device without the bundle, its key or any key says which file it misses, or which is none', async (t) => {
  const folder = await temporaryFolder(t);
  const key = `${folder}/key.pem`;
  await writeFile(`${folder}/model.oneface`, bytes);
  await t.throwsAsync(loadBundle(`${folder}/model.oneface`, [key]), {
    instanceOf: InputError,
    message: /key.pem/,
  });
  await writeFile(key, formatPublicKey(KEY.publicKey));
  await t.throwsAsync(loadBundle(`${folder}/absent.oneface`, [key]), {
    instanceOf: InputError,
    message: /absent.oneface/,
  });
  await t.throwsAsync(loadBundle(folder, [key]), { instanceOf: InputError, message: /no regular file/ });
  await t.throwsAsync(loadBundle(key, [key]), {
    instanceOf: IntegrityError,
    message: `${key}: Expected 120 to 67108864 bytes for a bundle but received 113 bytes`,
  });
  await t.throwsAsync(loadBundle(`${folder}/model.oneface`, []), {
    instanceOf: InputError,
    message: /at least one public key/,
  });
});
