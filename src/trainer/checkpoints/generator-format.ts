import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expected, IntegrityError } from '@oneface/common/errors/errors';
import { writeFileAtomic } from '../files/atomic-write.js';
import { readFileWithin } from '../files/bounded-read.js';
import { decodeSafetensors, encodeSafetensors, onlyFloats } from '../tensors/safetensors.js';
import type { Tensor } from '../tensors/tensor.js';
import type { Container } from './checkpoint-file.js';
import { type GeneratorSizes, measureGenerator } from './generator-sizes.js';
import type { Layout } from './generator-state.js';

const FORMAT_VERSION = 1;
const WEIGHTS = 'generator.safetensors';
const CARD = 'generator.json';
const LARGEST_WEIGHTS = 2 ** 31;
const LARGEST_CARD = 2 ** 20;

/** Where a generator came from. */
export interface GeneratorSource {
  /** the checkpoint's name, without its folder */
  readonly file: string;
  readonly sha256: string;
  readonly container: Container;
  readonly layout: Layout;
}

/** What `generator.json` says. All sizes follow from the tensors and are checked against them. */
export interface GeneratorCard extends GeneratorSizes {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly source: GeneratorSource;
  /** SHA-256 of `generator.safetensors` in hex, so that a card and weights of two imports never mix */
  readonly weightsSha256: string;
  readonly hasNoiseMaps: boolean;
  readonly hasLatentAverage: boolean;
}

/** A generator in the native format. */
export interface StoredGenerator {
  readonly card: GeneratorCard;
  /**
   * Tensors by name, names and shapes as in rosinality's code: `style.1.weight`, `input.input`,
   * `conv1.conv.weight`, `convs.0.conv.weight`, `to_rgb1.bias`, ..., and where the checkpoint had them
   * `noises.noise_0`, ... and `latent_avg`.
   */
  readonly tensors: Map<string, Tensor>;
}

/**
 * Writes a generator in the native format: `generator.safetensors`, then `generator.json`.
 *
 * @param folder made if there is none
 * @throws InputError if the tensors are not those of a StyleGAN2 generator
 */
export async function saveGeneratorWeights(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  source: GeneratorSource,
): Promise<GeneratorCard> {
  const bytes = encodeSafetensors(tensors);
  const card = describeGenerator(tensors, source, digest(bytes), source.file);
  await writeFileAtomic(join(folder, WEIGHTS), bytes);
  await writeFileAtomic(join(folder, CARD), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/**
 * Makes sure that writing to a folder costs nobody a generator: there is none, or one of the same checkpoint.
 *
 * @throws InputError if the folder holds another one, or one of which nothing can be told
 */
export async function requireNoOtherGenerator(folder: string, source: GeneratorSource): Promise<void> {
  const cardFile = join(folder, CARD);
  if (!existsSync(cardFile)) return;
  let cause: unknown;
  try {
    const card = parseCard(await readFileWithin(cardFile, LARGEST_CARD), cardFile);
    if (readSource(card.source, cardFile).sha256 === source.sha256) return;
  } catch (error) {
    cause = error;
  }
  throw expected('a folder without another generator', '--out', cardFile, { cause });
}

/**
 * Reads a generator in the native format and checks card and every shape.
 *
 * @param folder holds `generator.safetensors` and `generator.json`
 * @throws InputError if a file is missing, malformed or does not describe a StyleGAN2 generator
 * @throws IntegrityError if card and weights do not belong together
 */
export async function loadGeneratorWeights(folder: string): Promise<StoredGenerator> {
  const cardFile = join(folder, CARD);
  const written = parseCard(await readFileWithin(cardFile, LARGEST_CARD), cardFile);
  const weightsFile = join(folder, WEIGHTS);
  const bytes = await readFileWithin(weightsFile, LARGEST_WEIGHTS);
  const sha256 = digest(bytes);
  if (written.weightsSha256 !== sha256) {
    throw new IntegrityError(
      `Expected the weights that ${cardFile} describes but received others: import again`,
    );
  }
  const tensors = onlyFloats(decodeSafetensors(bytes, weightsFile).tensors, weightsFile);
  const card = describeGenerator(tensors, readSource(written.source, cardFile), sha256, weightsFile);
  for (const [key, value] of Object.entries(card)) {
    const received = written[key];
    if (JSON.stringify(received) !== JSON.stringify(value)) {
      throw expected(JSON.stringify(value), `${key} in ${cardFile}`, received);
    }
  }
  return { card, tensors };
}

function describeGenerator(
  tensors: ReadonlyMap<string, Tensor>,
  source: GeneratorSource,
  weightsSha256: string,
  subject: string,
): GeneratorCard {
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  return {
    formatVersion: FORMAT_VERSION,
    source,
    weightsSha256,
    ...measureGenerator(shapes, subject),
    hasNoiseMaps: tensors.has('noises.noise_0'),
    hasLatentAverage: tensors.has('latent_avg'),
  };
}

function parseCard(bytes: Uint8Array, file: string): Record<string, unknown> {
  let card: unknown;
  try {
    card = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw expected('JSON', file, error, { cause: error });
  }
  if (!isRecord(card)) throw expected('a JSON object', file, card);
  if (card.formatVersion !== FORMAT_VERSION) {
    throw expected(`formatVersion ${FORMAT_VERSION}`, file, card.formatVersion);
  }
  return card;
}

function readSource(value: unknown, cardFile: string): GeneratorSource {
  const what = `source in ${cardFile}`;
  if (!isRecord(value)) throw expected('an object', what, value);
  const { file, sha256, container, layout } = value;
  if (typeof file !== 'string') throw expected('the name of a file', what, file);
  if (typeof sha256 !== 'string') throw expected('a SHA-256', what, sha256);
  if (container !== 'torch-zip' && container !== 'torch-legacy' && container !== 'pickle') {
    throw expected('torch-zip, torch-legacy or pickle as container', what, container);
  }
  if (layout !== 'rosinality' && layout !== 'nvidia') {
    throw expected('rosinality or nvidia as layout', what, layout);
  }
  return { file, sha256, container, layout };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
