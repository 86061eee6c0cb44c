import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import type { ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A file made with torch; see fixtures/README.md. */
export function fixture(name: string): string {
  return projectFile(`tests/checkpoints/fixtures/${name}`);
}

/** Puts bytes into a file that is removed when the test ends. */
export async function temporaryFile(t: ExecutionContext, bytes: Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(t), 'checkpoint');
  await writeFile(file, bytes);
  return file;
}

/** Tensors in a form that two maps can be compared in, whatever their order. */
export function comparable(tensors: ReadonlyMap<string, Tensor>): Record<string, unknown> {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data }]),
  );
}

/** Pickle opcodes and arguments, one character for each byte. */
export function pickled(...parts: string[]): Uint8Array {
  return Buffer.from(`\x80\x02${parts.join('')}.`, 'latin1');
}

export function text(value: string): string {
  const bytes = Buffer.from(value);
  return `X${littleEndian(bytes.length, 4)}${bytes.toString('latin1')}`;
}

export function integer(value: number | bigint): string {
  return `\x8a\x0a${littleEndian(BigInt(value), 10)}`;
}

export function tuple(...items: string[]): string {
  return `(${items.join('')}t`;
}

export function dict(entries: Record<string, string>): string {
  const items = Object.entries(entries).map(([key, value]) => text(key) + value);
  return `}(${items.join('')}u`;
}

export function call(module: string, name: string, ...args: string[]): string {
  return `c${module}\n${name}\n${tuple(...args)}R`;
}

/** A tensor that views the storage of that key and length. */
export function tensor(
  key: string,
  length: number | bigint,
  shape: (number | bigint)[],
  strides: number[],
): string {
  const id = tuple(text('storage'), 'ctorch\nFloatStorage\n', text(key), text('cpu'), integer(length));
  const sizes = [shape, strides].map((numbers) => tuple(...numbers.map(integer)));
  return call('torch._utils', '_rebuild_tensor_v2', `${id}Q`, integer(0), ...sizes, '\x89', 'N');
}

/** A module of NVIDIA's layout with no tensors of its own. */
export function persistentModule(modules: Record<string, string>): string {
  const state = dict({ _parameters: '}', _buffers: '}', _modules: dict(modules) });
  const meta = dict({ type: text('class'), module_src: text('raise SystemExit'), state });
  return call('torch_utils.persistence', '_reconstruct_persistent_obj', meta);
}

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** 0 stored, 8 deflated */
  readonly method?: number;
  /** what the directory says about the size, if that is not the truth */
  readonly claimedSize?: number;
}

/** A zip file, written by hand so that it may lie. */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, method = 0, claimedSize = bytes.length } of entries) {
    const header = littleEndian(method, 2) + littleEndian(0, 4) + littleEndian(crc32(bytes), 4);
    const sizes = littleEndian(method === 0 ? claimedSize : bytes.length, 4) + littleEndian(claimedSize, 4);
    const common = `${header}${sizes}${littleEndian(name.length, 2)}`;
    const local = Buffer.from(`PK\x03\x04\x14\0\0\0${common}\0\0${name}`, 'latin1');
    const central = `PK\x01\x02\x14\0\x14\0\0\0${common}${'\0'.repeat(12)}${littleEndian(offset, 4)}${name}`;
    directory.push(Buffer.from(central, 'latin1'));
    files.push(local, Buffer.from(bytes));
    offset += local.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = littleEndian(entries.length, 2);
  const end = `PK\x05\x06\0\0\0\0${count}${count}${littleEndian(size, 4)}${littleEndian(offset, 4)}\0\0`;
  return Buffer.concat([...files, ...directory, Buffer.from(end, 'latin1')]);
}

/** torch's zip container around a pickle. */
export function torchZip(pickle: Uint8Array, storages: Record<string, Uint8Array> = {}): Uint8Array {
  const records = Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes }));
  const byteorder = { name: 'archive/byteorder', bytes: Buffer.from('little') };
  return zip([{ name: 'archive/data.pkl', bytes: pickle }, byteorder, ...records]);
}

function littleEndian(value: number | bigint, length: number): string {
  const bits = BigInt.asUintN(length * 8, BigInt(value));
  return Array.from({ length }, (_, i) => String.fromCharCode(Number((bits >> BigInt(8 * i)) & 0xffn))).join(
    '',
  );
}
