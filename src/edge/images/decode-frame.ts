import jpegTurbo from '@julusian/jpeg-turbo';
import { expected, InputError } from '@oneface/common/errors/errors';
import { assertSide, type Raster, RGB } from '@oneface/common/images/raster';
import { type JpegHeader, readJpegHeader, UPRIGHT } from './jpeg-header.js';

/** A small file can claim any size; decoded, this many pixels take 192 MiB. */
const MOST_PIXELS = 64 * 1024 * 1024;
/** What cameras give; other formats have readers that may open further files. */
const FORMATS = ['jpeg', 'png'];
/** First bytes of those formats. */
const SIGNATURES = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];
const SAMPLE_BITS = 8;

/**
 * Decodes a frame as people see it: turned by its EXIF orientation, in sRGB, without its alpha channel.
 *
 * @param bytes a whole JPEG or PNG file
 * @param subject what to call it in an error
 * @returns a picture whose pixels stay as they are until the decoder's next frame
 * @throws InputError when it is damaged, of another format, larger than 64 megapixels or a strip of a side
 *   beyond `LONGEST_SIDE`
 */
export type DecodeFrame = (bytes: Uint8Array, subject: string) => Promise<Raster>;

/**
 * Makes a decoder that uses the same memory for every frame of one size: a camera's frames would leave tens
 * of megabytes of garbage between two collections otherwise.
 *
 * What cameras send is decoded by libjpeg-turbo. Anything else (PNG, colour profiles, pictures lying on their
 * side, print colours, whatever libjpeg-turbo complains of) goes to sharp, which is not loaded before: it
 * takes 30 MB.
 */
export function createFrameDecoder(): DecodeFrame {
  let pixels = Buffer.alloc(0);
  return async (bytes, subject) => {
    const header = readJpegHeader(bytes);
    if (header === undefined || !isPlain(header)) return decodeAny(bytes, subject);
    const { width, height } = header;
    assertSide(width, `the width of ${subject}`);
    assertSide(height, `the height of ${subject}`);
    const length = width * height * RGB;
    if (pixels.length !== length) pixels = Buffer.alloc(length);
    try {
      jpegTurbo.decompressSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), pixels, {
        format: jpegTurbo.FORMAT_RGB,
      });
    } catch {
      // It complains of flaws that do not matter too; sharp tells them from those that do.
      return decodeAny(bytes, subject);
    }
    return { width, height, data: new Uint8Array(pixels.buffer, pixels.byteOffset, length) };
  };
}

/** Decodes a single frame, whose pixels nobody else will touch. */
export const decodeFrame: DecodeFrame = (bytes, subject) => createFrameDecoder()(bytes, subject);

/** Whether libjpeg-turbo alone gives the picture as it is meant. */
function isPlain({ width, height, bits, components, orientation, hasProfile }: JpegHeader): boolean {
  const isColor = components === 1 || components === RGB;
  const isUpright = orientation === UPRIGHT && !hasProfile;
  return bits === SAMPLE_BITS && isColor && isUpright && width * height <= MOST_PIXELS;
}

async function decodeAny(bytes: Uint8Array, subject: string): Promise<Raster> {
  const { default: sharp } = await import('sharp');
  try {
    const picture = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', autoOrient: true });
    if (!SIGNATURES.some((signature) => signature.every((byte, index) => bytes[index] === byte))) {
      throw expected(`one of ${FORMATS.join(', ')}`, subject, (await picture.metadata()).format);
    }
    const { data, info } = await picture
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== RGB) throw expected(`${RGB} channels`, subject, info.channels);
    assertSide(info.width, `the width of ${subject}`);
    assertSide(info.height, `the height of ${subject}`);
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, data: pixels };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw expected('a picture that can be decoded', subject, cause, { cause });
  }
}
