import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { expected } from '@oneface/common/errors/errors';
import { hasPicture } from './pictures.js';

export const HELP = `Usage: npm start -- [--frames DIR]...

Trains a face part segmenter from one labelled picture, puts it in a signed bundle, runs the edge agent with
it against a broker on this machine, and draws what it reported.

  --frames DIR   A folder of pictures to run the agent on too; may be given more than once.
  --help         Shows this text.
`;

export interface Options {
  readonly help: boolean;
  /** Absolute paths of folders with pictures. */
  readonly frames: readonly string[];
}

/**
 * Reads the command line and looks into the folders that it names.
 *
 * @throws InputError for an unknown option, a folder that is not there or one without a picture
 */
export async function readOptions(argv: readonly string[]): Promise<Options> {
  const { values } = parse(argv);
  const frames = (values.frames ?? []).map((folder) => resolve(folder));
  for (const folder of frames) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw expected('a folder of pictures', '--frames', folder);
    }
    if (!(await hasPicture(folder))) {
      throw expected('a folder with a whole JPEG or PNG picture in it', '--frames', folder);
    }
  }
  return { help: values.help ?? false, frames };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { frames: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (cause) {
    throw expected('--frames DIR or --help', 'npm start', argv.join(' '), { cause });
  }
}
