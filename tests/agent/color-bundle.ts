import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPublicKey, privateKeyOf } from '@oneface/common/bundles/keys';
import { classSet } from '@oneface/common/classes/class-sets';
import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import type { Raster } from '@oneface/common/images/raster';
import { type Architecture, PIXELS } from '@oneface/trainer/auto-shot/architecture';
import { buildBundle } from '@oneface/trainer/bundling/build-bundle';
import { quantizeNetwork } from '@oneface/trainer/quantization/quantize-network';
import { drawFace, emptyFrame, placement } from '../vision/drawn-face.js';

const SIDE = 128;
const { classes } = classSet('face-10');
/** So large that the softmax of the logits is sure of itself. */
const GAIN = 20;

const KEY = privateKeyOf(new Uint8Array(32).fill(42));

const CARD = {
  name: 'nearest colour',
  summary: 'Gives each pixel the class whose colour is nearest. For tests.',
  training: 'None.',
  limitations: 'Knows drawings in the class colours only.',
  terms: 'For tests.',
  results: [],
  sources: {},
};

/** Paths of a bundle and of the key that it is signed with. */
export interface BundleFiles {
  readonly bundle: string;
  readonly key: string;
}

/**
 * Writes a real, signed int8 bundle whose one convolution knows the faces of `drawn-face`: the squared
 * distance to a colour, less what all classes share, is linear in the pixel.
 */
export async function writeColorBundle(folder: string): Promise<BundleFiles> {
  const architecture: Architecture = {
    inputSize: SIDE,
    outputSize: SIDE / 2,
    classes: classes.length,
    layers: [
      {
        op: 'conv',
        name: 'logits',
        input: PIXELS,
        filters: classes.length,
        kernel: 1,
        stride: 2,
        activation: 'none',
      },
    ],
  };
  const centres = classes.map(({ color }) => color.map((value) => (value - ZERO_PIXEL) * PIXEL_SCALE));
  const kernel = [0, 1, 2].flatMap((channel) => centres.map((centre) => 2 * GAIN * centre[channel]));
  const bias = centres.map((centre) => -GAIN * centre.reduce((sum, value) => sum + value * value, 0));
  const convolution = {
    kernel: Float32Array.from(kernel),
    kernelShape: [1, 1, 3, classes.length] as const,
    bias: Float32Array.from(bias),
  };
  const network = { architecture, convolutions: new Map([['logits', convolution]]) };
  const pictures = [0, 20].map((roll) => facePicture(SIDE, SIDE, SIDE, roll).data);
  const { int8 } = await quantizeNetwork(network, 'face-10', { count: pictures.length, pictures });
  const files = { bundle: join(folder, 'color.oneface'), key: join(folder, 'color.pem') };
  await writeFile(files.bundle, await buildBundle({ ...int8, card: CARD, goldenPictures: pictures }, KEY));
  await writeFile(files.key, formatPublicKey(KEY.publicKey));
  return files;
}

/** A frame with one drawn face in its middle, as the bundle's model knows it. */
export function facePicture(width: number, height: number, side: number, roll = 0): Raster {
  const frame = emptyFrame(width, height);
  drawFace(frame, placement(width / 2, height / 2, side, roll));
  return frame;
}
