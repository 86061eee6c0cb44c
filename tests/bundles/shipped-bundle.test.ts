import { readFile } from 'node:fs/promises';
import { loadBundle } from '@oneface/edge/bundles/load-bundle';
import { readPublicKey } from '@oneface/trainer/bundling/keys';
import { verifyBundle } from '@oneface/trainer/bundling/verify-bundle';
import { digestPath } from '@oneface/trainer/pipeline/digests';
import test from 'ava';
import { projectFile } from '../support/paths.js';

const BUNDLE = projectFile('models/face-parts/face.oneface');
const KEY = projectFile('models/face-parts/signing.public.pem');

test('the shipped bundle holds the shipped int8 file and gives its golden outputs here', async (t) => {
  const bundle = await verifyBundle(BUNDLE, [await readPublicKey(KEY)]);
  const model = await readFile(projectFile('models/face-parts/int8.onnx'));
  t.deepEqual(Buffer.from(bundle.model), model);
});

test('the shipped bundle names the shipped generator and labels as what it learned from', async (t) => {
  const { card } = await verifyBundle(BUNDLE, [await readPublicKey(KEY)]);
  t.is(card.sources.generator, await digestPath(projectFile('models/generator')));
  t.is(card.sources.labels, await digestPath(projectFile('models/labels')));
  t.regex(card.terms, /non-commercial/i);
});

test('the agent takes the shipped bundle', async (t) => {
  const { segmenter, spec } = await loadBundle(BUNDLE, [KEY]);
  t.is(spec.classSet, 'face-10');
  await segmenter.close();
});
