import { mkdir } from 'node:fs/promises';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import { writeFileAtomic } from '@oneface/trainer/files/atomic-write';
import { writePicture } from '@oneface/trainer/images/write-picture';
import { encode } from 'fast-png';

export const SIDE = 4;

/** A photo of one grey and the CelebAMask-HQ indices of its mask. */
export interface ExampleSample {
  readonly name: string;
  readonly grey: number;
  readonly mask: readonly number[];
}

/** Writes 4x4 photos and masks as a folder that can be evaluated. */
export async function writeDataset(folder: string, samples: readonly ExampleSample[]): Promise<void> {
  await mkdir(`${folder}/images`, { recursive: true });
  for (const { name, grey, mask } of samples) {
    const data = new Uint8Array(SIDE * SIDE * 3).fill(grey);
    await writePicture(`${folder}/images/${name}.png`, { width: SIDE, height: SIDE, data });
    const png = { width: SIDE, height: SIDE, data: Uint8Array.from(mask), channels: 1, depth: 8 } as const;
    await writeFileAtomic(`${folder}/masks/${name}.png`, encode(png));
  }
}

/** A segmenter that knows its answer for each grey. */
export function knowingSegmenter(
  classSet: 'face-3' | 'face-10',
  answers: Readonly<Record<number, readonly number[]>>,
): Segmenter {
  const classes = classSet === 'face-3' ? 4 : 10;
  const size = { width: SIDE, height: SIDE };
  return {
    spec: { classSet, precision: 'float32', input: size, output: size, logits: { scale: 1, zeroPoint: 0 } },
    async segment(pixels) {
      const labels = Uint8Array.from(answers[pixels[0]]);
      const logits = new Float32Array(classes * labels.length);
      labels.forEach((label, cell) => {
        logits[label * labels.length + cell] = 1;
      });
      return { labels, logits };
    },
  };
}
