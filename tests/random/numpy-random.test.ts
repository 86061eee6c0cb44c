import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InputError } from '@oneface/common/errors/errors';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import test from 'ava';
import { projectFile } from '../support/paths.js';

// Every value below was printed by NumPy 2.4.6.

function sha256(values: Float32Array | Float64Array): string {
  return createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
}

for (const [seed, uniforms, normals] of [
  [
    0,
    '6e4439fd0cc46b192fb80d5e04e7f18522753795f326b38870d903e380f72e62',
    '9a7ede0a1961b13845438d47db5a272574134dab23e51c96e25e922693afbdcb',
  ],
  [
    1,
    '85d59d54e51c4215b093afde4b7981ff4c48dd5c2dc587b1f219d4d901600e03',
    '73a911fb46d0b7cf6f68c5fb44028d9c5b38f1bc08c5b219a24d2c79e433bf2d',
  ],
  [
    2 ** 32 - 1,
    'db49d48c0792b926d6ccf7f6463efdd63a4902919c2a30f151ccc0df66e7129f',
    '1743b21557211f2a0c3122c701ad76f989c2363979996a08d513dc98985d4058',
  ],
] as const) {
  test(`seed ${seed} gives NumPy's uniform and normal numbers bit for bit`, (t) => {
    const random = new NumpyRandom(seed);
    t.is(sha256(Float64Array.from({ length: 2000 }, () => random.random())), uniforms);
    t.is(sha256(new NumpyRandom(seed).randn(2001)), normals);
  });
}

test('normal, uniform and whole numbers drawn in turn stay in step with NumPy', (t) => {
  const random = new NumpyRandom(7);
  t.deepEqual(random.randn(3), Float32Array.of(1.690525703800356, -0.4659373705408328, 0.0328201636785844));
  t.is(random.random(), 0.5011204636599379);
  t.deepEqual(random.randn(2), Float32Array.of(0.40751628299650783, -0.1569886595634109));
  const integers = (count: number, low: number, high: number) =>
    Array.from({ length: count }, () => random.randint(low, high));
  t.deepEqual(integers(8, 0, 10), [7, 6, 4, 0, 7, 0, 7, 6]);
  t.deepEqual(integers(4, -5, 1_000_000), [728846, 789943, 27687, 110266]);
  t.deepEqual(integers(3, 0, 2 ** 32), [1941857605, 3992293176, 3999499416]);
  t.is(random.randint(3, 4), 3);
  t.is(random.random(), 0.26258377004339706);
});

test('the latents of the labelled faces follow from their seeds', async (t) => {
  const file = await readFile(projectFile('tests/random/fixtures/latents.safetensors'));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    file.toString('utf8', 8, 8 + headerLength),
  );
  const samples = Object.entries(header).filter(([name]) => name.startsWith('seed'));
  t.is(samples.length, 20);
  for (const [name, { data_offsets }] of samples) {
    const [start, end] = data_offsets;
    const bytes = new Uint8Array(file.subarray(8 + headerLength + start, 8 + headerLength + end));
    const latent = new Float32Array(bytes.buffer);
    t.deepEqual(new NumpyRandom(Number(name.slice(4))).randn(latent.length), latent, name);
  }
});

test('a seed that NumPy would refuse is refused', (t) => {
  for (const seed of [-1, 1.5, 2 ** 32, Number.NaN]) {
    t.throws(() => new NumpyRandom(seed), {
      instanceOf: InputError,
      message: `Expected an integer from 0 to 4294967295 for the seed but received ${seed}`,
    });
  }
});

test('an empty or too wide range of whole numbers is refused', (t) => {
  const random = new NumpyRandom(0);
  t.throws(() => random.randint(4, 4), { instanceOf: InputError });
  t.throws(() => random.randint(0, 2 ** 32 + 1), { instanceOf: InputError });
});
