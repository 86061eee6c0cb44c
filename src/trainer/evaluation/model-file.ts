import { basename, extname } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { ModelSpec } from '@oneface/common/models/model-spec';
import { compileValidator } from '@oneface/common/schemas/validator';
import { writeFileAtomic } from '../files/atomic-write.js';
import { readFileWithin } from '../files/bounded-read.js';
import type { SegmenterFile } from '../quantization/quantize-network.js';

const MAX_MODEL_BYTES = 1024 * 1024 * 1024;
const MAX_SPEC_BYTES = 64 * 1024;

const validateSpec = compileValidator(ModelSpec, 'spec');

/** A segmenter as it stands on the disk. */
export interface ModelFile extends SegmenterFile {
  /** The file's name without its ending. */
  readonly name: string;
}

/**
 * Reads a segmenter: `NAME.onnx` and, beside it, `NAME.spec.json`.
 *
 * @param file the ONNX file
 * @throws InputError when either file cannot be read or the spec is none
 */
export async function readModelFile(file: string): Promise<ModelFile> {
  const specFile = specFileOf(file);
  const model = await readFileWithin(file, MAX_MODEL_BYTES);
  const text = new TextDecoder().decode(await readFileWithin(specFile, MAX_SPEC_BYTES));
  return { name: basename(file, extname(file)), model, spec: validateSpec(parseJson(text, specFile)) };
}

/** Writes a segmenter as `readModelFile` reads it. */
export async function writeModelFile(file: string, { model, spec }: SegmenterFile): Promise<void> {
  await writeFileAtomic(specFileOf(file), `${JSON.stringify(spec, null, 2)}\n`);
  await writeFileAtomic(file, model);
}

function specFileOf(file: string): string {
  if (extname(file) !== '.onnx') throw expected('a file that ends in .onnx', 'a model', file);
  return `${file.slice(0, -'.onnx'.length)}.spec.json`;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw expected('JSON text', file, cause, { cause });
  }
}
