import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';

/** A segmenter that goes by colour: exact where the classes are drawn in their own colours. */
export interface ColorSegmenter extends Segmenter {
  /** How often it ran. */
  readonly runs: () => number;
}

/**
 * Makes one with a mask grid of half the input.
 *
 * @param input sides of the model's input, even numbers
 */
export function colorSegmenter(
  id: ClassSetId = 'face-10',
  input: ModelSpec['input'] = { width: 128, height: 128 },
): ColorSegmenter {
  const { classes } = classSet(id);
  const output = { width: input.width / 2, height: input.height / 2 };
  const spec: ModelSpec = {
    classSet: id,
    precision: 'int8',
    input,
    output,
    logits: { scale: 0.1, zeroPoint: 128 },
  };
  let runs = 0;
  return {
    spec,
    runs: () => runs,
    async segment(pixels) {
      runs++;
      const cells = output.width * output.height;
      const logits = new Uint8Array(classes.length * cells);
      for (let cell = 0; cell < cells; cell++) {
        const corner = (Math.floor(cell / output.width) * 2 * input.width + (cell % output.width) * 2) * 3;
        for (let label = 0; label < classes.length; label++) {
          let squares = 0;
          for (let channel = 0; channel < 3; channel++) {
            const upper = corner + channel;
            const lower = upper + input.width * 3;
            const sum = pixels[upper] + pixels[upper + 3] + pixels[lower] + pixels[lower + 3];
            squares += (sum / 4 - classes[label].color[channel]) ** 2;
          }
          logits[label * cells + cell] = Math.max(0, Math.round(255 - Math.sqrt(squares)));
        }
      }
      const labels = enlargeLabels(
        logits,
        classes.length,
        output.width,
        output.height,
        output.width,
        output.height,
      );
      return { labels: labels.data, logits };
    },
  };
}
