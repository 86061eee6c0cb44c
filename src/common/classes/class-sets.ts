import { expected } from '../errors/errors.js';

/** Mask index of a pixel that no class of the set covers: left out of training and of every metric. */
export const IGNORED_LABEL = 255;

/** One part of the face: its name and its display colour (red, green, blue; 0-255). */
export interface PartClass {
  readonly name: string;
  readonly color: readonly [number, number, number];
  /** CelebAMask-HQ mask indices (`CELEBAMASK_LABELS`) that this class covers. */
  readonly sources: readonly number[];
}

/** An ordered list of parts; a label is an index into `classes`, and 0 is always the background. */
export interface ClassSet {
  readonly id: ClassSetId;
  readonly classes: readonly PartClass[];
  /** CelebAMask-HQ mask indices without a class here: their pixels become `IGNORED_LABEL`. */
  readonly ignoredSources: readonly number[];
}

/** Index order of the merged 19-class masks of CelebAMask-HQ (Lee et al., CVPR 2020). */
export const CELEBAMASK_LABELS = [
  'background',
  'skin',
  'nose',
  'eyeglasses',
  'left eye',
  'right eye',
  'left brow',
  'right brow',
  'left ear',
  'right ear',
  'inner mouth',
  'upper lip',
  'lower lip',
  'hair',
  'hat',
  'earring',
  'necklace',
  'neck',
  'cloth',
] as const;

const BACKGROUND = [24, 26, 32] as const;
const EYE = [59, 130, 246] as const;
const MOUTH = [220, 38, 38] as const;
const NOSE = [250, 204, 21] as const;

const SETS = {
  'face-3': {
    id: 'face-3',
    classes: [
      { name: 'background', color: BACKGROUND, sources: [0, 1, 3, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18] },
      { name: 'eye', color: EYE, sources: [4, 5] },
      { name: 'mouth', color: MOUTH, sources: [10, 11, 12] },
      { name: 'nose', color: NOSE, sources: [2] },
    ],
    ignoredSources: [],
  },
  'face-10': {
    id: 'face-10',
    classes: [
      { name: 'background', color: BACKGROUND, sources: [0] },
      { name: 'skin', color: [240, 178, 138], sources: [1] },
      { name: 'brow', color: [132, 84, 32], sources: [6, 7] },
      { name: 'eye', color: EYE, sources: [4, 5] },
      { name: 'nose', color: NOSE, sources: [2] },
      { name: 'mouth', color: MOUTH, sources: [10, 11, 12] },
      { name: 'ear', color: [249, 115, 22], sources: [8, 9] },
      { name: 'hair', color: [126, 58, 180], sources: [13] },
      { name: 'neck', color: [52, 168, 120], sources: [17] },
      { name: 'cloth', color: [100, 116, 139], sources: [18] },
    ],
    ignoredSources: [3, 14, 15, 16],
  },
} as const satisfies Record<string, ClassSet & { id: string }>;

/** The class sets that the one-shot literature reports on faces. */
export type ClassSetId = 'face-3' | 'face-10';

export const CLASS_SET_IDS: readonly ClassSetId[] = ['face-3', 'face-10'];

/**
 * Looks a class set up by its id.
 *
 * @throws InputError when no set has that id
 */
export function classSet(id: string): ClassSet {
  const found = CLASS_SET_IDS.find((known) => known === id);
  if (found === undefined) throw expected(`one of ${CLASS_SET_IDS.join(', ')}`, 'the class set', id);
  return SETS[found];
}

/**
 * Table from a CelebAMask-HQ mask index to a label of the set; `IGNORED_LABEL` where the set has no class.
 *
 * @returns 256 entries; indices past CelebAMask-HQ's own are `IGNORED_LABEL`
 */
export function celebaMaskTable(set: ClassSet): Uint8Array {
  const table = new Uint8Array(256).fill(IGNORED_LABEL);
  set.classes.forEach((part, label) => {
    for (const source of part.sources) table[source] = label;
  });
  return table;
}

/**
 * Table from a label of `from` to a label of `to`, matched by the mask indices that the classes cover.
 * A class of `from` that `to` splits up or ignores becomes `IGNORED_LABEL`.
 *
 * @returns 256 entries; `IGNORED_LABEL` stays ignored
 */
export function classSetTable(from: ClassSet, to: ClassSet): Uint8Array {
  const toLabel = celebaMaskTable(to);
  const table = new Uint8Array(256).fill(IGNORED_LABEL);
  from.classes.forEach((part, label) => {
    const targets = new Set(part.sources.map((source) => toLabel[source]));
    const [only] = targets;
    if (targets.size === 1 && only !== undefined) table[label] = only;
  });
  return table;
}
