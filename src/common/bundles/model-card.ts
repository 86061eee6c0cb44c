import { type Static, Type } from '@sinclair/typebox';
import { CLOSED, Digest } from '../events/fields.js';

const Text = Type.String({ minLength: 1, maxLength: 4000, title: 'a text of 1 to 4000 characters' });
const Line = Type.String({ minLength: 1, maxLength: 200, title: 'a text of 1 to 200 characters' });

/**
 * What a person should know before using a model (after Mitchell et al., "Model Cards for Model
 * Reporting", 2019).
 */
export const ModelCard = Type.Object(
  {
    name: Line,
    /** What the model does, for whom, and what it must not be used for. */
    summary: Text,
    /** What it learned from: labelled pictures, generator, training run. */
    training: Text,
    /** Where it is known to fail. */
    limitations: Text,
    /** Terms of use and where the training material came from. */
    terms: Text,
    /** Measured mean IoU figures, each with the data set they were measured on. */
    results: Type.Array(
      Type.Object(
        {
          dataset: Line,
          pictures: Type.Integer({ minimum: 1 }),
          classSet: Line,
          /** 0 to 1 */
          meanIou: Type.Number({ minimum: 0, maximum: 1 }),
        },
        CLOSED,
      ),
      { maxItems: 32 },
    ),
    /** SHA-256 digests (hex) of what the model was made from, by name, such as the generator. */
    sources: Type.Record(Line, Digest),
  },
  CLOSED,
);
export type ModelCard = Static<typeof ModelCard>;
