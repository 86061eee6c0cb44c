import { expected } from '@oneface/common/errors/errors';
import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { type Architecture, type Layer, PIXELS } from '../auto-shot/architecture.js';
import type { Statistics } from './calibrate.js';
import { fullRange, leastErrorRange, type Range, scaleOfRange, type TensorScale } from './ranges.js';

/** The normalised picture as codes is the picture itself. */
const PICTURE_SCALE: TensorScale = { scale: PIXEL_SCALE, zeroPoint: ZERO_PIXEL };

/**
 * Chooses the scale of every layer's output, `PIXELS` included.
 *
 * Enlargement and concatenation copy codes, so what they join has one scale: the one of the widest range.
 * Giving each input of a concatenation its own scale, and making up for it in the next kernel, measured no
 * better. Logits keep their full range, all else takes the range of least square error.
 *
 * @throws InputError when a concatenation joins activated outputs with others: codes from real 0 up, which
 *   stand in for the ReLU, do not go with codes for negative numbers
 */
export function chooseScales(
  architecture: Architecture,
  statistics: Statistics,
): ReadonlyMap<string, TensorScale> {
  const scales = new Map<string, TensorScale>();
  const logits = architecture.layers.at(-1)?.name as string;
  for (const group of copies(architecture)) {
    const rangeOf = group.has(logits) ? fullRange : leastErrorRange;
    const ranges = [...group].flatMap((name): Range[] => {
      const layer = statistics.get(name);
      return layer === undefined ? [] : [rangeOf(layer.histogram)];
    });
    const low = Math.min(...ranges.map((range) => range.low));
    const high = Math.max(...ranges.map((range) => range.high));
    const scale = group.has(PIXELS) ? PICTURE_SCALE : scaleOfRange({ low, high });
    for (const name of group) scales.set(name, scale);
  }
  return scales;
}

/** Layers whose outputs share codes, because some are copies of others. */
function copies(architecture: Architecture): Set<Set<string>> {
  const groupOf = new Map<string, Set<string>>([[PIXELS, new Set([PIXELS])]]);
  const kindOf = new Map<string, string>([[PIXELS, 'pixels']]);
  for (const layer of architecture.layers) {
    const sources = sourcesOf(layer);
    const kinds = new Set(sources.map((name) => kindOf.get(name) as string));
    if (kinds.size > 1) {
      throw expected('inputs of one activation', `layer "${layer.name}"`, [...kinds].join(', '));
    }
    kindOf.set(layer.name, layer.op === 'conv' ? layer.activation : ([...kinds][0] as string));
    const merged = new Set([layer.name, ...sources.flatMap((name) => [...(groupOf.get(name) ?? [])])]);
    for (const name of merged) groupOf.set(name, merged);
  }
  return new Set(groupOf.values());
}

function sourcesOf(layer: Layer): readonly string[] {
  if (layer.op === 'conv') return [];
  return layer.op === 'concat' ? layer.inputs : [layer.input];
}
