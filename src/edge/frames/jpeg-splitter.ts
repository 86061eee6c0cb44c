const MARKER = 0xff;
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const FIRST_RESTART = 0xd0;
const LAST_RESTART = 0xd7;
const TEMPORARY = 0x01;
/** A segment's length counts its own two bytes. */
const LENGTH_BYTES = 2;

export interface JpegSplitterOptions {
  /** Larger pictures are left out; no more than this is ever kept. */
  readonly mostBytes: number;
  /** Takes each whole picture. The bytes are its own. */
  readonly onPicture: (bytes: Uint8Array) => void;
}

/** Cuts a stream of bytes into the JPEG files in it. */
export interface JpegSplitter {
  /** Takes the next bytes; the memory may be used again afterwards. */
  push(chunk: Uint8Array): void;
  readonly counts: {
    /** Pictures that a new one began in, or whose segments make no sense. */
    readonly broken: number;
    /** Pictures larger than the cap. */
    readonly oversize: number;
  };
}

/** Where in a picture (or between two) the next byte stands. */
type Place =
  | 'between'
  | 'between-marker'
  | 'segment-marker'
  | 'segment-code'
  | 'length-high'
  | 'length-low'
  | 'segment'
  | 'scan'
  | 'scan-marker';

/**
 * Makes a splitter that follows the marker segments of ITU-T T.81 annex B by their lengths: a preview
 * picture inside a segment is no frame, and an end marker counts only after a scan. Anything may stand
 * between pictures: padding, multipart headers, a program's chatter. How the bytes are cut into chunks makes
 * no difference to the pictures.
 *
 * A picture that breaks off is left out when the next one begins. If it broke off inside a segment, that
 * segment's length may swallow what follows, 64 KiB at most, and the pictures that begin there with it.
 */
export function createJpegSplitter(options: JpegSplitterOptions): JpegSplitter {
  return new Splitter(options);
}

class Splitter implements JpegSplitter {
  readonly counts = { broken: 0, oversize: 0 };
  readonly #options: JpegSplitterOptions;
  #place: Place = 'between';
  /** The code of the segment that is being read, and how many bytes of it are left. */
  #code = 0;
  #left = 0;
  #scanned = false;
  /** What is kept of the picture so far, without the part in the current chunk. */
  #parts: Uint8Array[] = [];
  /** Bytes of the picture so far, kept or not. */
  #size = 0;

  constructor(options: JpegSplitterOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    // Where the picture's part of this chunk begins.
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      switch (this.#place) {
        case 'between': {
          const marker = chunk.indexOf(MARKER, at);
          at = marker === -1 ? chunk.length : marker + 1;
          if (marker !== -1) this.#place = 'between-marker';
          break;
        }
        case 'between-marker':
          if (chunk[at] === START) {
            this.#begin();
            start = at + 1;
          } else if (chunk[at] !== MARKER) this.#place = 'between';
          at += 1;
          break;
        case 'segment-marker':
          if (chunk[at] === MARKER) this.#place = 'segment-code';
          else this.#giveUp();
          at += 1;
          break;
        case 'segment-code': {
          const code = chunk[at];
          at += 1;
          if (code === END && this.#scanned) this.#end(chunk.subarray(start, at));
          else if (this.#readCode(code)) start = at;
          break;
        }
        case 'length-high':
          this.#left = chunk[at] << 8;
          this.#place = 'length-low';
          at += 1;
          break;
        case 'length-low':
          this.#left += chunk[at] - LENGTH_BYTES;
          at += 1;
          if (this.#left < 0) this.#giveUp();
          else if (this.#left === 0) this.#endSegment();
          else this.#place = 'segment';
          break;
        case 'segment': {
          const taken = Math.min(this.#left, chunk.length - at);
          this.#left -= taken;
          at += taken;
          if (this.#left === 0) this.#endSegment();
          break;
        }
        case 'scan': {
          const marker = chunk.indexOf(MARKER, at);
          at = marker === -1 ? chunk.length : marker + 1;
          if (marker !== -1) this.#place = 'scan-marker';
          break;
        }
        case 'scan-marker': {
          const code = chunk[at];
          at += 1;
          if (code === END) this.#end(chunk.subarray(start, at));
          else if (code === 0 || (code >= FIRST_RESTART && code <= LAST_RESTART)) this.#place = 'scan';
          else if (this.#readCode(code)) start = at;
          break;
        }
      }
    }
    if (this.#inPicture()) this.#keep(chunk.subarray(start));
  }

  #inPicture(): boolean {
    return this.#place !== 'between' && this.#place !== 'between-marker';
  }

  #begin(): void {
    this.#parts = [Uint8Array.of(MARKER, START)];
    this.#size = 2;
    this.#scanned = false;
    this.#place = 'segment-marker';
  }

  /** Reads a marker's code before or after a scan; says whether a new picture begins with it. */
  #readCode(code: number): boolean {
    if (code === MARKER) return false;
    if (code === START) {
      this.counts.broken += 1;
      this.#begin();
      return true;
    }
    // Of the codes without a length none may stand between segments.
    if (code <= TEMPORARY || (code >= FIRST_RESTART && code <= END)) {
      this.#giveUp();
      return false;
    }
    this.#code = code;
    this.#place = 'length-high';
    return false;
  }

  #endSegment(): void {
    if (this.#code === SCAN) this.#scanned = true;
    this.#place = this.#code === SCAN ? 'scan' : 'segment-marker';
  }

  #end(last: Uint8Array): void {
    this.#keep(last);
    if (this.#size > this.#options.mostBytes) this.counts.oversize += 1;
    else this.#options.onPicture(joined(this.#parts, this.#size));
    this.#forget();
  }

  #giveUp(): void {
    this.counts.broken += 1;
    this.#forget();
  }

  #forget(): void {
    this.#parts = [];
    this.#size = 0;
    this.#place = 'between';
  }

  /** An oversize picture is followed to its end, so that nothing inside it passes for a picture. */
  #keep(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#options.mostBytes) this.#parts = [];
    else this.#parts.push(Uint8Array.from(part));
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
