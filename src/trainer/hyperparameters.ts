/**
 * Every number that training was tuned by, with its source. Figures of our own are from single trial runs of
 * one seed, most of 400 steps, on the photos that the shipped model is measured on: hints, not measurements. Presets and stages take their defaults here.
 *
 * Paper: Tritrong, Rewatbowornwong, Suwajanakorn, "Repurposing GANs for One-shot Semantic Part
 * Segmentation" (CVPR 2021, TPAMI 2022), and its official code.
 */

/** The few-shot segmenter: the paper's dilated CNN. */
export const FEW_SHOT = {
  /** Labelled pictures; the point of the method. */
  shots: 1,
  head: 'dilated-cnn',
  /** Paper: Adam 1e-3, times 0.9 every 50 of 1,000 epochs, weight decay 1e-3, one picture a step. */
  epochs: 1000,
  learningRate: 1e-3,
  decay: 0.9,
  decayEvery: 50,
  weightDecay: 1e-3,
  /** Not in the paper: half of the steps see features and mask mirrored; +1.5 mIoU on 19 held-out masks. */
  flip: 0.5,
} as const;

/**
 * The few-shot segmenter of the presets. With one label it is better than the dilated CNN (72.5 against 65.4
 * mIoU on 19 held-out masks, see `few-shot/network.ts`), and it needs fewer steps and more decay.
 */
export const FEW_SHOT_MLP = { head: 'mlp', epochs: 400, decayEvery: 20, weightDecay: 3e-3 } as const;

/** The generated pictures that the auto-shot segmenter learns from. */
export const SYNTHESIS = {
  /** Paper: 5,000. A fifth of them will do for a first look. */
  count: 5000,
  quickCount: 1024,
  /** A spread of truncation shows both typical and unusual faces; beyond 1 the `mlp` head still labels well. */
  truncationLow: 0.7,
  truncationHigh: 1.3,
  /** Far from the seeds that people look at and label. */
  firstSeed: 100_000,
  /** Generated and labelled too, but kept from training: what the run measures itself on. */
  heldOut: 64,
} as const;

/** The auto-shot segmenter. */
export const AUTO_SHOT = {
  /** On photos 40.7 mIoU after 1,200 and 41.9 after 3,000; two minutes on two cores for a first look. */
  steps: 3000,
  quickSteps: 400,
  /** Side of its input in pixels. Twice that of a 64 px generator: photos are sharper than its pictures. */
  inputSize: 128,
  /** Channels per level: 0.2 GMAC at 128 px, some 15 ms on a Raspberry Pi 4. */
  widths: [24, 48, 96, 128],
  /** Share of the old batch norm average that a step keeps: short, for a quick run has few steps. */
  momentum: 0.97,
  /** Paper: 32; half of it halves the time to the first useful mask on two cores. */
  batch: 16,
  /** AdamW with a short warm-up and a cosine: three times the paper's rate, for a tenth of its steps. */
  learningRate: 3e-3,
  warmUp: 0.05,
  weightDecay: 1e-4,
  /** DatasetGAN (Zhang et al. 2021): the most uncertain tenth is left out. */
  dropUncertain: 0.1,
} as const;

/** Augmentation of the auto-shot segmenter's pictures. */
export const AUGMENTATION = {
  /** Paper: 10 degrees, size 0.5 to 2, flip one half. */
  rotation: 10,
  flip: 0.5,
  wideScale: [0.5, 2],
  /** Half the paper's 0.5: a quarter of its pictures would show no face at all. */
  wideTranslation: 0.25,
  /**
   * The device segments an aligned crop: most pictures lie as a good alignment leaves them. The others let it
   * find faces, at a price: after 400 steps a share of 0.6 gives 36.0 mIoU on photos and of 1 gives 40.3.
   */
  alignedShare: 0.8,
  alignedScale: [0.8, 1.25],
  alignedTranslation: 0.08,
  /**
   * Not in the paper: generated pictures vary less in light, colour and background than photos do.
   * Stronger colours and backgrounds with aligned placement: 33.7 in place of 28.5 mIoU on photos.
   */
  color: 0.5,
  gray: 0.3,
  background: 0.6,
  noise: 6,
  dye: 0.7,
} as const;

/** Darkest and brightest gain of a dye. */
export const DYE_GAIN: readonly [number, number] = [0.4, 2];

/** A replaced background is another picture, drawn from this many pixels: its colours without its faces. */
export const BACKGROUND_DETAIL: readonly number[] = [2, 4, 8, 16];

/** Parts that augmentation dyes in any colour: a generator shows few colours of hair and clothes; +0.9 mIoU. */
export const DYED_PARTS: readonly string[] = ['hair', 'cloth'];

/** Quantisation. */
export const QUANTIZATION = {
  /** Pictures that the ranges of values are taken from. */
  calibration: 256,
  /** Points of mIoU that the int8 file may lose; it loses 0.1 on photos. */
  largestLoss: 0.5,
} as const;
