import type { AugmentationRanges } from '@oneface/trainer/auto-shot/augmentation';

/** Ranges that change nothing. */
export const STILL: AugmentationRanges = {
  rotation: 0,
  wide: { translation: 0, scale: [1, 1] },
  aligned: { translation: 0, scale: [1, 1] },
  alignedShare: 0,
  flip: 0,
  color: 0,
  gray: 0,
  background: 0,
  dyedLabels: [],
  dye: 0,
  noise: 0,
};
