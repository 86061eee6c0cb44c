import { readGan } from '@oneface/trainer/checkpoints/import-gan';
import test from 'ava';
import { comparable } from '../checkpoints/support.js';
import { sharedFile } from '../support/paths.js';

test('both containers of the real checkpoint give the same generator', async (t) => {
  const zipped = await readGan(sharedFile('data/gan/faces.pt'));
  const legacy = await readGan(sharedFile('data/gan/faces-legacy.pt'));
  t.is(zipped.source.container, 'torch-zip');
  t.is(legacy.source.container, 'torch-legacy');
  t.true(zipped.tensors.size > 50);
  t.deepEqual(comparable(zipped.tensors), comparable(legacy.tensors));
});
