import { expected } from '@oneface/common/errors/errors';

const NEWLINE = 0x0a;
/** Longer lines (names, numbers and keys in text form) are not met in practice. */
const LONGEST_LINE = 2 ** 16;
/** The longest texts are the values of a layer, written as text before protocol 3. */
const LONGEST_TEXT = 2 ** 27;

/** Reads bytes front to back and never past the end. */
export class ByteReader {
  readonly subject: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  /**
   * @param subject names the file in errors
   * @param position where to begin
   */
  constructor(bytes: Uint8Array, subject: string, position = 0) {
    this.subject = subject;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** An unsigned 64-bit length; one beyond 2^53 loses its last digits, and no file is that long. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** A 64-bit float with its highest byte first, as pickle writes it. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view of the next `length` bytes, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The next bytes as UTF-8. */
  text(length: number): string {
    const start = this.#position;
    if (length > LONGEST_TEXT)
      throw expected(`a text of at most ${LONGEST_TEXT} bytes`, this.subject, length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw expected('UTF-8', `the text at byte ${start} of ${this.subject}`, error, { cause: error });
    }
  }

  /** The next bytes, one character for each. */
  latin1(length: number): string {
    if (length > LONGEST_TEXT)
      throw expected(`a text of at most ${LONGEST_TEXT} bytes`, this.subject, length);
    return Buffer.from(this.take(length)).toString('latin1');
  }

  /** The characters up to the next line feed, which is passed over; one character for each byte. */
  line(): string {
    const end = this.#bytes.subarray(this.#position, this.#position + LONGEST_LINE).indexOf(NEWLINE);
    if (end < 0) throw expected('a line of text', `byte ${this.#position} of ${this.subject}`, 'no line end');
    const line = this.latin1(end);
    this.#position += 1;
    return line;
  }

  #advance(length: number): number {
    const start = this.#position;
    const left = this.#bytes.length - start;
    if (length > left) throw expected(`${length} bytes`, `byte ${start} of ${this.subject}`, left);
    this.#position += length;
    return start;
  }
}
