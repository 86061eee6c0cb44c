import { type Affine, composeAffine } from '@oneface/common/images/affine';
import type { Color } from '@oneface/common/images/raster';
import { DYE_GAIN } from '../hyperparameters.js';
import type { Random } from '../random/seeded-random.js';

/** Where a picture may come to lie. */
export interface PlacementRanges {
  /** Share of the picture's side, to either side and up and down. */
  readonly translation: number;
  /** Smallest and largest size; drawn evenly on a logarithmic scale. */
  readonly scale: readonly [number, number];
}

/** How far pictures are moved and recoloured in training. */
export interface AugmentationRanges {
  /** Degrees to either side. */
  readonly rotation: number;
  /** Anywhere in view: what the device sees when it looks for a face. */
  readonly wide: PlacementRanges;
  /** About where alignment puts a face: what the device segments. */
  readonly aligned: PlacementRanges;
  /** Probability of `aligned` rather than `wide`. */
  readonly alignedShare: number;
  /** Probability of a mirror image. */
  readonly flip: number;
  /** Contrast, brightness and each channel's gain change by up to this share. */
  readonly color: number;
  /** Probability of a picture without colour. */
  readonly gray: number;
  /** Probability that another background replaces the picture's own. */
  readonly background: number;
  /** Labels of parts that may have any colour, such as hair and clothes. */
  readonly dyedLabels: readonly number[];
  /** Probability that such a part is dyed. */
  readonly dye: number;
  /** Largest standard deviation of the added noise, in pixel values. */
  readonly noise: number;
}

/** Another colour for one part. */
export interface Dye {
  readonly label: number;
  readonly color: Color;
  /** 0 keeps the part's own colour, 1 keeps its light and shade alone. */
  readonly share: number;
  /** Factor on the result. */
  readonly gain: number;
}

/** One draw from `AugmentationRanges`. */
export interface Augmentation {
  /** From the output's unit square to the picture's. */
  readonly toSource: Affine;
  /** Row by row: red, green, blue out of red, green, blue, one. */
  readonly color: readonly number[];
  /** What shows where the picture does not reach. */
  readonly fill: Color;
  readonly replaceBackground: boolean;
  readonly dyes: readonly Dye[];
  /** Standard deviation in pixel values. */
  readonly noise: number;
}

/** Weights of red, green and blue in a grey value (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;
const MIDDLE_GRAY = 128;

/** Draws one augmentation. */
export function drawAugmentation(ranges: AugmentationRanges, random: Random): Augmentation {
  const around = (range: number) => (random() * 2 - 1) * range;
  const placement = random() < ranges.alignedShare ? ranges.aligned : ranges.wide;
  const [low, high] = placement.scale;
  const scale = low * (high / low) ** random();
  const angle = (around(ranges.rotation) * Math.PI) / 180;
  const move = [around(placement.translation), around(placement.translation)] as const;
  const mirror = random() < ranges.flip ? -1 : 1;
  return {
    toSource: centredMap(scale, angle, mirror, move),
    color: colorMatrix(around, ranges, random() < ranges.gray),
    fill: drawColor(random),
    replaceBackground: random() < ranges.background,
    dyes: ranges.dyedLabels.filter(() => random() < ranges.dye).map((label) => drawDye(label, random)),
    noise: random() * ranges.noise,
  };
}

function drawColor(random: Random): Color {
  return [random() * 256, random() * 256, random() * 256].map(Math.floor) as unknown as Color;
}

function drawDye(label: number, random: Random): Dye {
  const [darkest, brightest] = DYE_GAIN;
  const gain = darkest * (brightest / darkest) ** random();
  return { label, color: drawColor(random), share: random(), gain };
}

/** The colour that a dye gives a pixel: the dye's, as bright as the pixel was. */
export function dyePixel(dye: Dye, red: number, green: number, blue: number): Color {
  const brightness = (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue) / MIDDLE_GRAY;
  const mix = (own: number, other: number) =>
    Math.min(255, dye.gain * (own + dye.share * (other * brightness - own)));
  return [mix(red, dye.color[0]), mix(green, dye.color[1]), mix(blue, dye.color[2])];
}

/** Moves back, then rotates, mirrors and shrinks about the centre: the inverse of how the picture is laid. */
function centredMap(scale: number, angle: number, mirror: number, move: readonly [number, number]): Affine {
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  const toCentre: Affine = [1, 0, -0.5 - move[0], 0, 1, -0.5 - move[1]];
  const turn: Affine = [cos * mirror, sin * mirror, 0, -sin, cos, 0];
  return composeAffine([1, 0, 0.5, 0, 1, 0.5], composeAffine(turn, toCentre));
}

function colorMatrix(around: (range: number) => number, ranges: AugmentationRanges, gray: boolean): number[] {
  const contrast = 1 + around(ranges.color);
  const brightness = around(ranges.color) * MIDDLE_GRAY;
  const rows = [0, 1, 2].map((channel) => {
    const gain = contrast * (gray ? 1 : 1 + around(ranges.color) / 2);
    const mix = LUMA.map((luma, from) => gain * (gray ? luma : from === channel ? 1 : 0));
    return [...mix, brightness + MIDDLE_GRAY * (1 - contrast)];
  });
  return rows.flat();
}
