/** Bytes of a picture in a row that count as a piece of it. */
const PIECE_BYTES = 24;

/** How picture bytes may be written: name, characters per byte at least, and the text that would hold them. */
interface Form {
  readonly name: string;
  readonly window: number;
  readonly write: (bytes: Uint8Array) => string[];
}

const FORMS: readonly Form[] = [
  { name: 'raw bytes', window: PIECE_BYTES, write: (bytes) => [Buffer.from(bytes).toString('latin1')] },
  {
    name: 'base64',
    window: (PIECE_BYTES * 4) / 3,
    // A piece may start at any of three places of base64's groups.
    write: (bytes) => [0, 1, 2].map((start) => Buffer.from(bytes.subarray(start)).toString('base64')),
  },
  {
    name: 'base64url',
    window: (PIECE_BYTES * 4) / 3,
    write: (bytes) => [0, 1, 2].map((start) => Buffer.from(bytes.subarray(start)).toString('base64url')),
  },
  { name: 'hex', window: PIECE_BYTES * 2, write: (bytes) => [Buffer.from(bytes).toString('hex')] },
  {
    name: 'HEX',
    window: PIECE_BYTES * 2,
    write: (bytes) => [Buffer.from(bytes).toString('hex').toUpperCase()],
  },
  { name: 'a JSON list', window: PIECE_BYTES * 2, write: (bytes) => [bytes.join(',')] },
];

/** How files of pictures start, as bytes and in base64. */
const MAGIC: readonly [name: string, text: string][] = [
  ['JPEG', '\xff\xd8\xff'],
  ['PNG', '\x89PNG'],
  ['WebP', 'WEBPVP8'],
  ['GIF', 'GIF8'],
  ['JPEG in base64', '/9j/'],
  ['PNG in base64', 'iVBORw0KGgo'],
  ['a data URL', 'data:image'],
];

/**
 * Looks for pictures in what was published.
 *
 * @param published all of it
 * @param pictures files and decoded pixels that must not be in it
 * @returns what was found, in words
 */
export function findPictureBytes(published: Uint8Array, pictures: readonly Uint8Array[]): string[] {
  const text = Buffer.from(published).toString('latin1');
  const found = MAGIC.filter(([, magic]) => text.includes(magic)).map(([name]) => name);
  for (const { name, window, write } of FORMS) {
    const windows = new Set<string>();
    for (let at = 0; at + window <= text.length; at++) windows.add(text.slice(at, at + window));
    pictures.forEach((picture, index) => {
      for (const written of write(picture)) {
        for (let at = 0; at + window <= written.length; at++) {
          if (!windows.has(written.slice(at, at + window))) continue;
          found.push(`picture ${index} as ${name}`);
          return;
        }
      }
    });
  }
  return found;
}
