import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';

/** Bits of each channel that count. */
const LEVEL_BITS = 5;

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
  const table = nearnessTable(id);
  const cells = output.width * output.height;
  let runs = 0;
  return {
    spec,
    runs: () => runs,
    async segment(pixels) {
      runs++;
      const logits = new Uint8Array(classes.length * cells);
      const labels = new Uint8Array(cells);
      for (let cell = 0; cell < cells; cell++) {
        const upper = (Math.floor(cell / output.width) * 2 * input.width + (cell % output.width) * 2) * 3;
        const lower = upper + input.width * 3;
        let color = 0;
        for (let channel = 0; channel < 3; channel++) {
          const above = pixels[upper + channel] + pixels[upper + 3 + channel];
          const sum = above + pixels[lower + channel] + pixels[lower + 3 + channel];
          color = (color << LEVEL_BITS) | (sum >> (10 - LEVEL_BITS));
        }
        let best = 0;
        for (let label = 0; label < classes.length; label++) {
          const nearness = table[color * classes.length + label];
          logits[label * cells + cell] = nearness;
          if (nearness > best) {
            best = nearness;
            labels[cell] = label;
          }
        }
      }
      return { labels, logits };
    },
  };
}

/** How near a colour, in steps of `LEVEL_BITS` bits a channel, is to each class: 255 less the distance. */
function nearnessTable(id: ClassSetId): Uint8Array {
  const { classes } = classSet(id);
  const levels = 1 << LEVEL_BITS;
  const table = new Uint8Array(levels ** 3 * classes.length);
  for (let color = 0; color < levels ** 3; color++) {
    for (let label = 0; label < classes.length; label++) {
      let squares = 0;
      for (let channel = 0; channel < 3; channel++) {
        const level = (color >> (LEVEL_BITS * (2 - channel))) % levels;
        squares += (((level + 0.5) * 256) / levels - classes[label].color[channel]) ** 2;
      }
      table[color * classes.length + label] = Math.max(0, Math.round(255 - Math.sqrt(squares)));
    }
  }
  return table;
}
