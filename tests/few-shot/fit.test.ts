import { join } from 'node:path';
import { classSet, IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import type { LabelMap } from '@oneface/common/images/raster';
import { countLabels, emptyConfusion, scores } from '@oneface/common/metrics/iou';
import { readAnnotations } from '@oneface/trainer/annotations/annotation-set';
import { featureStatistics } from '@oneface/trainer/few-shot/feature-statistics';
import { readFewShot, writeFewShot } from '@oneface/trainer/few-shot/few-shot-file';
import { type FitExample, type FitSettings, fitFewShot } from '@oneface/trainer/few-shot/fit';
import { FEW_SHOT_HEADS, FewShotSegmenter } from '@oneface/trainer/few-shot/network';
import { openGenerator } from '@oneface/trainer/gan/open-generator';
import { FEW_SHOT } from '@oneface/trainer/hyperparameters';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import test, { type ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SET = classSet('face-10');
const CLASSES = SET.classes.length;

const generator = await openGenerator(projectFile('models/generator'));
const { psi, samples } = await readAnnotations(projectFile('models/labels'), 1);
const [{ latent, mask }] = samples;
const z = tf.tensor2d(latent, [1, latent.length]);
const { features } = generator.synthesize(generator.truncate(generator.map(z), psi));
const statistics = featureStatistics(generator, psi);
const example: FitExample = { features, mask };

async function fitted(
  t: ExecutionContext,
  changes: Partial<FitSettings>,
  examples: readonly FitExample[] = [example],
): Promise<FewShotSegmenter> {
  const context = {
    checkpoint: join(await temporaryFolder(t), 'checkpoint.safetensors'),
    report: () => {},
    log: () => {},
    now: () => 0,
  };
  return fitFewShot(examples, CLASSES, statistics, { ...FEW_SHOT, seed: 0, ...changes }, context);
}

function labelsOf(network: FewShotSegmenter, side: number): Uint8Array {
  return Uint8Array.from(network.logits(features, side).argMax(3).dataSync());
}

function meanIou(truth: LabelMap, predicted: Uint8Array): number {
  const confusion = emptyConfusion(CLASSES);
  countLabels(confusion, truth.data, predicted);
  return scores(confusion).meanIou as number;
}

for (const [head, epochs] of [
  ['mlp', 20],
  ['dilated-cnn', 30],
] as const) {
  test(`${head}: a short fit learns the picture that it was shown`, async (t) => {
    const network = await fitted(t, { head, epochs });
    const reached = meanIou(mask, labelsOf(network, mask.width));
    const blind = SET.classes.map((_, label) => meanIou(mask, mask.data.slice().fill(label)));
    t.true(reached > 0.3 && reached > 4 * Math.max(...blind), `mIoU ${reached}, blind ${blind}`);
  });
}

test('one seed gives one segmenter, another seed another', async (t) => {
  const settings = { epochs: 3 };
  const first = (await fitted(t, settings)).weights();
  t.deepEqual((await fitted(t, settings)).weights(), first);
  t.notDeepEqual((await fitted(t, { ...settings, seed: 1 })).weights(), first);
});

test('pixels without a label teach nothing', async (t) => {
  const half = mask.width >> 1;
  const masked = (label: number) => ({
    ...mask,
    data: mask.data.map((own, pixel) => (pixel % mask.width < half ? own : label)),
  });
  const settings = { epochs: 12, flip: 0 };
  const cropped = await fitted(t, settings, [{ features, mask: masked(IGNORED_LABEL) }]);
  const taught = await fitted(t, settings, [{ features, mask: masked(9) }]);
  const share = (network: FewShotSegmenter) => {
    const right = [...labelsOf(network, mask.width)].filter((_, pixel) => pixel % mask.width >= half);
    return right.filter((label) => label === 9).length / right.length;
  };
  t.true(share(taught) > 0.8, `${share(taught)}`);
  t.true(share(cropped) < 0.2, `${share(cropped)}`);
});

for (const head of FEW_SHOT_HEADS) {
  test(`${head}: a segmenter that was written is read back and says the same`, async (t) => {
    const random = new NumpyRandom(5);
    const { featureChannels } = generator;
    const network = new FewShotSegmenter({ featureChannels, classes: CLASSES, head }, (count) =>
      random.randn(count),
    );
    network.setStatistics(statistics);
    const file = join(await temporaryFolder(t), 'few-shot.safetensors');
    await writeFewShot(file, network, SET);
    const stored = await readFewShot(file, featureChannels);
    t.is(stored.classSet, SET);
    t.deepEqual(stored.network.shape, network.shape);
    t.deepEqual(stored.network.weights(), network.weights());
    t.deepEqual(labelsOf(stored.network, 16), labelsOf(network, 16));
  });
}

test('a file that is no segmenter of this generator is refused', async (t) => {
  const shape = { featureChannels: [4, 3], classes: CLASSES, head: 'mlp' } as const;
  const file = join(await temporaryFolder(t), 'few-shot.safetensors');
  await writeFewShot(file, new FewShotSegmenter(shape, (count) => new Float32Array(count)), SET);
  const { tensors, metadata } = await readSafetensors(file);
  const refusal = async (changes: Record<string, string | undefined>, channels: readonly number[]) => {
    const changed = Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== undefined);
    await writeSafetensors(file, tensors, Object.fromEntries(changed) as Record<string, string>);
    const error = await t.throwsAsync(readFewShot(file, channels), { instanceOf: InputError });
    return error.message;
  };
  t.is(await refusal({}, [4, 5]), 'Expected shape 1x1x5x256 for weight "mix.1" but received "1x1x3x256"');
  t.is(await refusal({}, [4, 3, 2]), 'Expected shape 1x1x2x256 for weight "mix.2" but received nothing');
  t.is(
    await refusal({ head: 'mpl' }, [4, 3]),
    `Expected one of dilated-cnn, mlp for the head in ${file} but received "mpl"`,
  );
  t.is(
    await refusal({ classSet: undefined }, [4, 3]),
    `Expected a class set for ${file} but received nothing`,
  );
  t.is(
    await refusal({ classSet: 'face-11' }, [4, 3]),
    'Expected one of face-3, face-10 for the class set but received "face-11"',
  );
  t.regex(await refusal({ classSet: 'face-3' }, [4, 3]), /^Expected shape 1x1x128x4 for weight "labels"/);
});
