import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-common';
import { classSet } from '../classes/class-sets.js';
import { describe, expected, IntegrityError } from '../errors/errors.js';
import { LABELS_OUTPUT, LOGITS_OUTPUT, type ModelSpec, PIXELS_INPUT } from '../models/model-spec.js';

/** What a segmenter says about one picture, on the model's output grid. */
export interface Segmentation {
  /** [output.height, output.width], row-major: indices into the class set. */
  readonly labels: Uint8Array;
  /** [classes, output.height, output.width]: quantised in an int8 model, real values in a float one. */
  readonly logits: Uint8Array | Float32Array;
}

/** A model that is ready to run on pictures of its input size. */
export interface Segmenter {
  readonly spec: ModelSpec;
  /**
   * Labels one picture.
   *
   * @param pixels RGB bytes [input.height, input.width, 3], row-major; not to be changed until the promise settles
   * @throws InputError when there are not exactly that many bytes
   */
  segment(pixels: Uint8Array): Promise<Segmentation>;
}

/** The part of an ONNX Runtime session that a segmenter uses; the native and the WebAssembly one both fit. */
export interface SegmenterSession {
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
  run(
    feeds: InferenceSession.FeedsType,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
}

/** The `Tensor` class of the runtime that made the session. */
export type TensorClass = new (
  type: 'uint8',
  data: Uint8Array,
  dims: readonly number[],
) => TypedTensor<'uint8'>;

/**
 * Makes a segmenter from a loaded model.
 *
 * @param session the loaded model
 * @param tensorClass the `Tensor` class of the runtime that loaded it
 * @param spec what the model says of itself
 * @throws IntegrityError when the model's inputs or outputs are not those that `spec` promises
 */
export function createSegmenter(
  session: SegmenterSession,
  tensorClass: TensorClass,
  spec: ModelSpec,
): Segmenter {
  const { input, output } = spec;
  const classes = classSet(spec.classSet).classes.length;
  const pixelsShape = [1, input.height, input.width, 3];
  const cells = output.height * output.width;
  requireValues('input', session.inputMetadata, [{ name: PIXELS_INPUT, type: 'uint8', shape: pixelsShape }]);
  requireValues('output', session.outputMetadata, [
    { name: LABELS_OUTPUT, type: 'uint8', shape: [1, output.height, output.width] },
    {
      name: LOGITS_OUTPUT,
      type: spec.precision === 'int8' ? 'uint8' : 'float32',
      shape: [1, classes, output.height, output.width],
    },
  ]);
  return {
    spec,
    async segment(pixels) {
      const bytes = input.height * input.width * 3;
      if (pixels.length !== bytes) {
        throw expected(`${bytes} bytes (${input.width}x${input.height} RGB)`, 'the picture', pixels);
      }
      const outputs = await session.run({ [PIXELS_INPUT]: new tensorClass('uint8', pixels, pixelsShape) }, [
        LABELS_OUTPUT,
        LOGITS_OUTPUT,
      ]);
      const labels = outputs[LABELS_OUTPUT]?.data;
      const logits = outputs[LOGITS_OUTPUT]?.data;
      if (!(labels instanceof Uint8Array) || labels.length !== cells) {
        throw new IntegrityError(`Expected ${cells} labels from the model but received ${describe(labels)}`);
      }
      if (!isLogits(logits, spec) || logits.length !== cells * classes) {
        throw new IntegrityError(
          `Expected ${cells * classes} logits from the model but received ${describe(logits)}`,
        );
      }
      return { labels, logits };
    },
  };
}

interface ValueShape {
  readonly name: string;
  readonly type: Tensor.Type;
  readonly shape: readonly number[];
}

function isLogits(data: unknown, spec: ModelSpec): data is Uint8Array | Float32Array {
  return spec.precision === 'int8' ? data instanceof Uint8Array : data instanceof Float32Array;
}

function requireValues(
  kind: 'input' | 'output',
  found: readonly InferenceSession.ValueMetadata[],
  wanted: readonly ValueShape[],
): void {
  const foundText = found.map(valueText).sort().join(', ');
  const wantedText = wanted.map(shapeText).sort().join(', ');
  if (foundText !== wantedText) {
    throw new IntegrityError(`Expected the model ${kind} ${wantedText} but received ${foundText || 'none'}`);
  }
}

function valueText(value: InferenceSession.ValueMetadata): string {
  return value.isTensor ? shapeText(value) : `${value.name}: no tensor`;
}

function shapeText(value: { name: string; type: string; shape: readonly (number | string)[] }): string {
  return `${value.name}: ${value.type} [${value.shape.join(', ')}]`;
}
