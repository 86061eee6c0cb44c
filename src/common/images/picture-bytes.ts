/** Larger files are no frames: an 8K JPEG at full quality stays below. */
export const MOST_FRAME_BYTES = 64 * 1024 * 1024;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length and type before a PNG chunk's data, and the checksum after it. */
const PNG_CHUNK_HEADER = 8;
const PNG_CHECKSUM = 4;
const IEND = 0x49454e44;

const JPEG_MARKER = 0xff;
const JPEG_START = 0xd8;
const JPEG_END = 0xd9;
const JPEG_SCAN = 0xda;

/** The picture formats that a frame may have. */
export type PictureFormat = 'jpeg' | 'png';

/**
 * Judges by its bytes, without decoding, whether a file is a whole JPEG or PNG: its start, its chain of
 * segments or chunks, and its end mark. What stands behind the end mark does not matter, as phones append
 * data there.
 *
 * @returns undefined for any other format and for a file that was cut off
 */
export function wholePictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  if (isWholeJpeg(bytes)) return 'jpeg';
  return isWholePng(bytes) ? 'png' : undefined;
}

/**
 * ITU-T T.81 annex B: segments with a length up to the first scan, from there entropy-coded data, in which
 * an 0xff is never followed by the end marker's code. The length fields must be followed up to there, since
 * an embedded preview has an end marker of its own.
 */
function isWholeJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== JPEG_MARKER || bytes[1] !== JPEG_START) return false;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === JPEG_MARKER) {
    const code = bytes[at + 1];
    if (code === JPEG_MARKER) {
      at += 1;
      continue;
    }
    const next = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (code === JPEG_SCAN) return hasJpegEnd(bytes, next);
    at = next;
  }
  return false;
}

function hasJpegEnd(bytes: Uint8Array, from: number): boolean {
  let at = bytes.indexOf(JPEG_MARKER, from);
  while (at !== -1 && bytes[at + 1] !== JPEG_END) at = bytes.indexOf(JPEG_MARKER, at + 1);
  return at !== -1;
}

function isWholePng(bytes: Uint8Array): boolean {
  if (PNG_SIGNATURE.some((byte, index) => bytes[index] !== byte)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = PNG_SIGNATURE.length;
  while (at + PNG_CHUNK_HEADER + PNG_CHECKSUM <= bytes.length) {
    if (view.getUint32(at + 4) === IEND) return true;
    at += PNG_CHUNK_HEADER + view.getUint32(at) + PNG_CHECKSUM;
  }
  return false;
}
