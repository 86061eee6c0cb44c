import { expected } from '@oneface/common/errors/errors';
import { assertRaster, assertSide, type Color, type Raster, RGB } from '@oneface/common/images/raster';
import sharp from 'sharp';

/** A face picture aligned to the template, and what of it is the person. */
export interface Person {
  /** Square. */
  readonly image: Raster;
  /** 1 where the pixel is the person (hair, neck and clothes too), 0 for background, anything between at edges. */
  readonly personMask: Float32Array;
}

/** A person at the size it will have in a frame. */
export interface EnlargedPerson {
  readonly image: Raster;
  /** Opacity: a grey picture, so that it can be warped as the image is. */
  readonly mask: Raster;
}

/** Sigma in sides of the picture: without it a mask's pixel steps show as stairs when enlarged. */
const MASK_BLUR = 0.018;

/**
 * Checks a person's picture and mask.
 *
 * @throws InputError unless the picture is square and the mask has its size and values from 0 to 1
 */
export function assertPerson({ image, personMask }: Person, subject: string): void {
  assertRaster(image, subject);
  if (image.width !== image.height) {
    throw expected('a square picture', subject, `${image.width}x${image.height}`);
  }
  if (personMask.length !== image.width * image.height) {
    throw expected(`${image.width * image.height} values`, `the mask of ${subject}`, personMask.length);
  }
  const wrong = personMask.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw expected('values from 0 to 1', `the mask of ${subject}`, wrong);
}

/** Enlarges a person smoothly (bicubic) to a square of `side` pixels. */
export async function enlargePerson({ image, personMask }: Person, side: number): Promise<EnlargedPerson> {
  assertSide(side, 'the side of a face');
  const { width, height, data } = image;
  const grey = Uint8ClampedArray.from(personMask, (value) => value * 255);
  const size = [side, side, { kernel: 'cubic' }] as const;
  const [pixels, opacity] = await Promise.all([
    sharp(data, { raw: { width, height, channels: RGB } })
      .resize(...size)
      .raw()
      .toBuffer(),
    sharp(grey, { raw: { width, height, channels: 1 } })
      .resize(...size)
      .blur(MASK_BLUR * side)
      .toColourspace('srgb')
      .raw()
      .toBuffer(),
  ]);
  return {
    image: { width: side, height: side, data: pixels },
    mask: { width: side, height: side, data: opacity },
  };
}

/**
 * The colour of what the person wears: per channel the median of the lowest rows' outer thirds, where the
 * neck is not. A mean would take in what the mask's rim shows of the background.
 *
 * @returns undefined when too little of the person is seen there
 */
export function clothesColor({ image, personMask }: Person): Color | undefined {
  const { width, height, data } = image;
  const seen: number[] = [];
  for (let y = Math.floor(height * 0.92); y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isOuter = x < width / 3 || x >= (width * 2) / 3;
      if (isOuter && personMask[y * width + x] > 0.5) seen.push((y * width + x) * RGB);
    }
  }
  if (seen.length < width / 4) return undefined;
  const median = (channel: number) => {
    const values = seen.map((at) => data[at + channel]).sort((one, other) => one - other);
    return values[values.length >> 1];
  };
  return [median(0), median(1), median(2)];
}
