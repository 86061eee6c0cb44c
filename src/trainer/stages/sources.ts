import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Digest } from '@oneface/common/events/fields';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Static, Type } from '@sinclair/typebox';
import { writeFileAtomic } from '../files/atomic-write.js';
import { digestPath } from '../pipeline/digests.js';

const FILE = 'sources.json';

/** Digests of what a run learned from, for the card of the bundle that comes of it. */
export const Sources = Type.Object({ generator: Digest, labels: Digest }, { additionalProperties: false });
export type Sources = Static<typeof Sources>;

const validateSources = compileValidator(Sources, FILE);

/** Digests a run's generator and annotation folders and writes that beside the stage's output. */
export async function writeSources(out: string, generator: string, annotations: string): Promise<void> {
  const sources = { generator: await digestPath(generator), labels: await digestPath(annotations) };
  await writeFileAtomic(join(out, FILE), `${JSON.stringify(sources, null, 2)}\n`);
}

/** Reads what `writeSources` wrote. @throws InputError when it is none */
export async function readSources(folder: string): Promise<Sources> {
  return validateSources(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
}
