import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClassSet, classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import { type Raster, RGB } from '@oneface/common/images/raster';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors-file.js';
import type { NumericTensor } from '../tensors/tensor.js';

/** A generated picture with the few-shot segmenter's opinion of every pixel. */
export interface SoftLabelled {
  readonly picture: Raster;
  readonly classes: number;
  /** Side of the label grid, which covers the same area as the picture. */
  readonly labelSize: number;
  /** [labelSize, labelSize, classes], probabilities as 0 to 255 */
  readonly probabilities: Uint8Array;
  /** Mean entropy of the pixels' probabilities over log(classes): 0 is certain, 1 is a coin toss. */
  readonly uncertainty: number;
}

/** A folder of shards, read whole. */
export interface SoftLabelSet {
  readonly classSet: ClassSet;
  readonly entries: readonly SoftLabelled[];
}

const SHARD = /^shard-\d{5}\.safetensors$/;

/** File name of a shard, by its place in the set. */
export function shardName(index: number): string {
  return `shard-${String(index).padStart(5, '0')}.safetensors`;
}

/**
 * Writes one shard of a set, atomically.
 *
 * @param file named by `shardName`
 * @param entries of one picture size, label size and class count; at least one
 */
export async function writeShard(
  file: string,
  entries: readonly SoftLabelled[],
  classSet: ClassSet,
): Promise<void> {
  const [{ picture, labelSize, classes }] = entries as [SoftLabelled];
  const tensors = new Map<string, NumericTensor>([
    [
      'pictures',
      {
        shape: [entries.length, picture.height, picture.width, RGB],
        data: joined(entries.map((entry) => entry.picture.data)),
      },
    ],
    [
      'probabilities',
      {
        shape: [entries.length, labelSize, labelSize, classes],
        data: joined(entries.map((entry) => entry.probabilities)),
      },
    ],
    [
      'uncertainty',
      { shape: [entries.length], data: Float32Array.from(entries, (entry) => entry.uncertainty) },
    ],
  ]);
  await writeSafetensors(file, tensors, { classSet: classSet.id });
}

/**
 * Reads all shards of a folder, in the order of their names.
 *
 * @throws InputError when there is none or one does not hold what it should
 */
export async function readSoftLabels(folder: string): Promise<SoftLabelSet> {
  const names = (await readdir(folder)).filter((name) => SHARD.test(name)).sort();
  if (names.length === 0) throw expected('shards of soft labels', folder, undefined);
  const shards: SoftLabelSet[] = [];
  for (const name of names) shards.push(await readShard(join(folder, name)));
  const ids = new Set(shards.map((shard) => shard.classSet.id));
  if (ids.size > 1) throw expected('one class set', folder, [...ids].join(' and '));
  const [{ classSet: set }] = shards as [SoftLabelSet];
  return { classSet: set, entries: shards.flatMap(({ entries }) => entries) };
}

async function readShard(file: string): Promise<SoftLabelSet> {
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.classSet === undefined) throw expected('a class set', file, undefined);
  const set = classSet(metadata.classSet);
  const pictures = bytesOf(tensors, 'pictures', file);
  const probabilities = bytesOf(tensors, 'probabilities', file);
  const uncertainty = tensors.get('uncertainty')?.data;
  const [count, height, width] = pictures.shape as [number, number, number];
  const [, labelSize] = probabilities.shape as [number, number];
  const classes = set.classes.length;
  requireShape(pictures.shape, [count, width, width, RGB], 'pictures', file);
  requireShape(probabilities.shape, [count, labelSize, labelSize, classes], 'probabilities', file);
  if (!(uncertainty instanceof Float32Array) || uncertainty.length !== count) {
    throw expected(`${count} floats "uncertainty"`, file, uncertainty?.length);
  }
  const wrong = uncertainty.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw expected('finite values of "uncertainty"', file, wrong);
  const entries = Array.from({ length: count }, (_, index) => ({
    picture: { width, height, data: part(pictures.data, index, height * width * RGB) },
    classes,
    labelSize,
    probabilities: part(probabilities.data, index, labelSize * labelSize * classes),
    uncertainty: uncertainty[index],
  }));
  return { classSet: set, entries };
}

function requireShape(found: readonly number[], shape: readonly number[], name: string, file: string): void {
  if (found.join() === shape.join()) return;
  throw expected(`"${name}" of shape ${shape.join('x')}`, file, found.join('x'));
}

function bytesOf(tensors: ReadonlyMap<string, NumericTensor>, name: string, file: string) {
  const tensor = tensors.get(name);
  if (!(tensor?.data instanceof Uint8Array) || tensor.shape.length !== 4) {
    throw expected(`bytes "${name}" of rank 4`, file, tensor?.shape);
  }
  return { shape: tensor.shape, data: tensor.data };
}

function part(data: Uint8Array, index: number, length: number): Uint8Array {
  return data.subarray(index * length, (index + 1) * length);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of parts) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}
