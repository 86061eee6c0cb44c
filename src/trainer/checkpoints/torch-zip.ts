import { expected } from '@oneface/common/errors/errors';
import { unpickle } from './pickle.js';
import type { Construct } from './pickle-values.js';
import { readStorageId, TorchStorage } from './torch-storage.js';
import { type StoredZip, withStoredZip } from './zip-file.js';

/** The pickle names tensors and holds no values. */
const LARGEST_PICKLE = 2 ** 26;
const LARGEST_NOTE = 64;

/**
 * Opens the container that torch.save writes since version 1.6: a zip of `NAME/data.pkl` and, uncompressed,
 * `NAME/data/KEY` with the values of each storage.
 *
 * @param file the zip file
 * @param globals what the pickle may refer to
 * @param use gets the object that was saved; its tensors can be read until `use` is done
 * @throws InputError if the file is cut off, malformed, big-endian, compressed, or refers to anything else
 */
export async function withTorchZip<T>(
  file: string,
  globals: (module: string, name: string) => Construct | undefined,
  use: (object: unknown) => Promise<T>,
): Promise<T> {
  return withStoredZip(file, async (zip) => {
    const folder = commonFolder(zip, file);
    await requireLittleEndian(zip, folder, file);
    const persistent = (id: unknown) => {
      const { type, key, length } = readStorageId(id, file);
      return new TorchStorage(type, length, async (size) => {
        const bytes = await zip.read(`${folder}/data/${key}`, size);
        if (bytes.length !== size) throw expected(`${size} bytes`, `storage ${key} of ${file}`, bytes);
        return bytes;
      });
    };
    const pickle = await zip.read(`${folder}/data.pkl`, LARGEST_PICKLE);
    return use(unpickle(pickle, `data.pkl in ${file}`, { globals, persistent }).value);
  });
}

function commonFolder(zip: StoredZip, file: string): string {
  const folder = zip.names[0]?.split('/', 1)[0];
  const stray = zip.names.find((name) => !name.startsWith(`${folder}/`));
  if (stray !== undefined) throw expected('one folder', file, stray);
  if (folder === undefined || !zip.names.includes(`${folder}/data.pkl`)) {
    throw expected("torch's zip container with data.pkl", file, 'another zip file');
  }
  return folder;
}

/** Versions of torch that write no such note write little-endian values. */
async function requireLittleEndian(zip: StoredZip, folder: string, file: string): Promise<void> {
  const note = `${folder}/byteorder`;
  if (!zip.names.includes(note)) return;
  const order = Buffer.from(await zip.read(note, LARGEST_NOTE)).toString('latin1');
  if (order !== 'little') throw expected('little-endian values', file, order);
}
