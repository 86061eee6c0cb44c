import { type Static, Type } from '@sinclair/typebox';
import { CLASS_SET_IDS } from '../classes/class-sets.js';

/** Names of the graph's input and outputs; the same in the float and the int8 file. */
export const PIXELS_INPUT = 'pixels';
export const LABELS_OUTPUT = 'labels';
export const LOGITS_OUTPUT = 'logits';

const Size = Type.Integer({ minimum: 1, maximum: 4096 });

/**
 * What a host must know to run a segmenter file.
 *
 * Input `pixels`: uint8 [1, input.height, input.width, 3], RGB. Output `labels`: uint8
 * [1, output.height, output.width], indices into the class set. Output `logits`:
 * [1, classes, output.height, output.width], uint8 in an int8 model (real value =
 * (q - zeroPoint) * scale) and float32 in a float one. The output grid covers the same area as the input.
 */
export const ModelSpec = Type.Object(
  {
    classSet: Type.Union(CLASS_SET_IDS.map((id) => Type.Literal(id))),
    precision: Type.Union([Type.Literal('float32'), Type.Literal('int8')]),
    input: Type.Object({ width: Size, height: Size }),
    output: Type.Object({ width: Size, height: Size }),
    logits: Type.Object({
      scale: Type.Number({ exclusiveMinimum: 0 }),
      zeroPoint: Type.Integer({ minimum: 0, maximum: 255 }),
    }),
  },
  { additionalProperties: false },
);
export type ModelSpec = Static<typeof ModelSpec>;
