import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expected, OnefaceError } from '@oneface/common/errors/errors';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { readRange, withFile } from '../files/bounded-read.js';

const STORED = 0;
/** A training state of StyleGAN2 has some thousand storages. */
const MOST_ENTRIES = 2 ** 17;

/** A zip file of uncompressed entries. */
export interface StoredZip {
  /** the entries' names, in the order of the directory */
  readonly names: readonly string[];
  /**
   * Reads one entry. Nothing is allocated for one that is larger than `limit` bytes or than the file.
   *
   * @throws InputError if there is none of that name, or it is compressed, too large or damaged
   */
  readonly read: (name: string, limit: number) => Promise<Uint8Array>;
}

/**
 * Opens a zip file whose entries are all stored as they are.
 *
 * @param file the zip file
 * @param use gets the opened file; entries can be read until it is done
 * @throws InputError if the file cannot be read, is cut off or malformed, or names an entry twice
 */
export async function withStoredZip<T>(file: string, use: (zip: StoredZip) => Promise<T>): Promise<T> {
  return withFile(file, async (handle, size) => {
    const reader = new CheckedReader(handle, file, size);
    const options = { lazyEntries: true, autoClose: false };
    const zip = await asInput(file, fromRandomAccessReaderPromise(reader, size, options));
    try {
      const entries = await listEntries(zip, file);
      const read = (name: string, limit: number) =>
        readEntry(zip, handle, entries.get(name), limit, `${name} in ${file}`);
      return await use({ names: [...entries.keys()], read });
    } finally {
      zip.close();
    }
  });
}

/** Refuses positions outside the file before they reach Node, which throws where nobody can catch it. */
class CheckedReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #size: number;

  constructor(handle: FileHandle, file: string, size: number) {
    super();
    this.#handle = handle;
    this.#file = file;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const inside = position >= 0 && position + length <= this.#size;
    const bytes = inside
      ? readRange(this.#handle, this.#file, position, length)
      : Promise.reject(expected(`a position up to ${this.#size}`, this.#file, position));
    bytes.then((read) => {
      buffer.set(read, offset);
      callback(null);
    }, callback);
  }
}

async function listEntries(zip: ZipFile, file: string): Promise<Map<string, Entry>> {
  if (zip.entryCount > MOST_ENTRIES) throw expected(`at most ${MOST_ENTRIES} entries`, file, zip.entryCount);
  const entries = new Map<string, Entry>();
  const collect = async () => {
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw expected('each entry once', file, entry.fileName);
      entries.set(entry.fileName, entry);
    }
  };
  await asInput(file, collect());
  return entries;
}

async function readEntry(
  zip: ZipFile,
  handle: FileHandle,
  entry: Entry | undefined,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  if (entry === undefined) throw expected('an entry', what, undefined);
  const isPlain = entry.compressionMethod === STORED && !entry.isEncrypted();
  if (!isPlain) throw expected('an uncompressed entry', what, 'a compressed or encrypted one');
  const { fileDataStart } = await asInput(what, zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  const size = entry.uncompressedSize;
  const most = Math.min(limit, zip.fileSize - fileDataStart);
  if (size > most) throw expected(`at most ${most} bytes`, what, size);
  const bytes = await readRange(handle, what, fileDataStart, size);
  if (crc32(bytes) !== entry.crc32) throw expected('bytes that fit their checksum', what, 'others');
  return bytes;
}

/** The zip reader throws plain errors at a malformed file. */
async function asInput<T>(subject: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OnefaceError) throw error;
    throw expected('a whole zip file', subject, error, { cause: error });
  }
}
