import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import { createSegmenter, type SegmenterSession } from '@oneface/common/segmentation/segmenter';
import test from 'ava';
import { Tensor } from 'onnxruntime-common';

const SPEC: ModelSpec = {
  classSet: 'face-3',
  precision: 'int8',
  input: { width: 4, height: 2 },
  output: { width: 2, height: 1 },
  logits: { scale: 0.1, zeroPoint: 128 },
};
const PIXELS = { name: 'pixels', isTensor: true, type: 'uint8', shape: [1, 2, 4, 3] } as const;
const LABELS = { name: 'labels', isTensor: true, type: 'uint8', shape: [1, 1, 2] } as const;
const LOGITS = { name: 'logits', isTensor: true, type: 'uint8', shape: [1, 4, 1, 2] } as const;

function session(changes: Partial<SegmenterSession> = {}): SegmenterSession {
  return {
    inputMetadata: [PIXELS],
    outputMetadata: [LABELS, LOGITS],
    run: async () => ({
      labels: new Tensor('uint8', Uint8Array.of(3, 1), [1, 1, 2]),
      logits: new Tensor('uint8', new Uint8Array(8).fill(9), [1, 4, 1, 2]),
    }),
    ...changes,
  };
}

test('a segmenter hands the pixels to the model as one RGB picture and gives back its labels and logits', async (t) => {
  const pixels = Uint8Array.from({ length: 24 }, (_, i) => i);
  const segmenter = createSegmenter(
    session({
      run: async (feeds, fetches) => {
        t.deepEqual(feeds.pixels.dims, [1, 2, 4, 3]);
        t.is(feeds.pixels.data, pixels);
        t.deepEqual(fetches, ['labels', 'logits']);
        return session().run(feeds, fetches);
      },
    }),
    Tensor,
    SPEC,
  );
  t.is(segmenter.spec, SPEC);
  t.deepEqual(await segmenter.segment(pixels), {
    labels: Uint8Array.of(3, 1),
    logits: new Uint8Array(8).fill(9),
  });
});

test('a picture of another size is refused before the model runs', async (t) => {
  const segmenter = createSegmenter(session({ run: () => Promise.reject(t.fail()) }), Tensor, SPEC);
  await t.throwsAsync(segmenter.segment(new Uint8Array(23)), {
    instanceOf: InputError,
    message: 'Expected 24 bytes (4x2 RGB) for the picture but received 23 bytes',
  });
});

const UNFIT: [what: string, changes: Partial<SegmenterSession>][] = [
  ['has another input size', { inputMetadata: [{ ...PIXELS, shape: [1, 3, 4, 3] }] }],
  ['wants float pixels', { inputMetadata: [{ ...PIXELS, type: 'float32' }] }],
  ['has a free dimension', { inputMetadata: [{ ...PIXELS, shape: ['batch', 2, 4, 3] }] }],
  ['has a second input', { inputMetadata: [PIXELS, { ...PIXELS, name: 'mask' }] }],
  ['has no labels', { outputMetadata: [LOGITS] }],
  ['has more classes', { outputMetadata: [LABELS, { ...LOGITS, shape: [1, 5, 1, 2] }] }],
  ['has float logits', { outputMetadata: [LABELS, { ...LOGITS, type: 'float32' }] }],
  ['gives no tensor', { outputMetadata: [LABELS, { name: 'logits', isTensor: false }] }],
];

for (const [what, changes] of UNFIT) {
  test(`a model that ${what} is not taken for the one that its spec describes`, (t) => {
    const error = t.throws(() => createSegmenter(session(changes), Tensor, SPEC), {
      instanceOf: IntegrityError,
    });
    t.regex(error.message, /^Expected the model (input|output) .*uint8 \[.*\] but received /);
  });
}

test('a model that gives fewer labels than it promised is not believed', async (t) => {
  const run = async () => ({ labels: { data: Uint8Array.of(1) }, logits: { data: new Uint8Array(8) } });
  await t.throwsAsync(createSegmenter(session({ run }), Tensor, SPEC).segment(new Uint8Array(24)), {
    instanceOf: IntegrityError,
    message: 'Expected 2 labels from the model but received 1 bytes',
  });
});
