import type { Size } from '@oneface/common/images/raster';

const MARKER = 0xff;
const START = 0xd8;
const SCAN = 0xda;
/** Frame headers SOF0 to SOF15, and the three codes among them that are none. */
const FRAME_FIRST = 0xc0;
const FRAME_LAST = 0xcf;
const NO_FRAME = [0xc4, 0xc8, 0xcc];
const APP1 = 0xe1;
const APP2 = 0xe2;

const EXIF = 'Exif\0\0';
const PROFILE = 'ICC_PROFILE\0';
const TIFF_LITTLE_ENDIAN = 0x4949;
const TIFF_BIG_ENDIAN = 0x4d4d;
const ORIENTATION_TAG = 0x0112;
const IFD_ENTRY = 12;
/** EXIF's word for a picture that is stored as it is meant to be seen. */
export const UPRIGHT = 1;

/** What a JPEG file says of its picture before the first scan. */
export interface JpegHeader extends Size {
  /** Bits per sample. */
  readonly bits: number;
  /** 1 is grey, 3 is colour, 4 is for print. */
  readonly components: number;
  /** As EXIF counts them: 1 is upright. */
  readonly orientation: number;
  /** Whether an ICC profile says what the colours mean. */
  readonly hasProfile: boolean;
}

/**
 * Reads the segments up to the first scan (ITU-T T.81 annex B, EXIF 2.3).
 *
 * @returns undefined for what is no JPEG or breaks off before the scan
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== MARKER || bytes[1] !== START) return undefined;
  let frame: Pick<JpegHeader, 'width' | 'height' | 'bits' | 'components'> | undefined;
  let orientation = UPRIGHT;
  let hasProfile = false;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === MARKER) {
    const code = bytes[at + 1];
    if (code === MARKER) {
      at += 1;
      continue;
    }
    if (code === SCAN) return frame && { ...frame, orientation, hasProfile };
    const start = at + 4;
    at += 2 + view.getUint16(at + 2);
    const segment = bytes.subarray(start, at);
    if (code >= FRAME_FIRST && code <= FRAME_LAST && !NO_FRAME.includes(code)) {
      if (segment.length < 6) return undefined;
      frame = {
        bits: segment[0],
        height: view.getUint16(start + 1),
        width: view.getUint16(start + 3),
        components: segment[5],
      };
    } else if (code === APP1 && startsWith(segment, EXIF)) {
      orientation = exifOrientation(segment.subarray(EXIF.length)) ?? orientation;
    } else if (code === APP2 && startsWith(segment, PROFILE)) {
      hasProfile = true;
    }
  }
  return undefined;
}

/** The orientation in the first image file directory of a TIFF block; undefined where there is none. */
function exifOrientation(tiff: Uint8Array): number | undefined {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return undefined;
  const order = view.getUint16(0);
  if (order !== TIFF_LITTLE_ENDIAN && order !== TIFF_BIG_ENDIAN) return undefined;
  const isLittle = order === TIFF_LITTLE_ENDIAN;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return undefined;
  const count = view.getUint16(directory, isLittle);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * IFD_ENTRY;
    if (entry + IFD_ENTRY > tiff.length) return undefined;
    if (view.getUint16(entry, isLittle) === ORIENTATION_TAG) return view.getUint16(entry + 8, isLittle);
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
