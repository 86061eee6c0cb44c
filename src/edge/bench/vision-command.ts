import { loadBundle } from '../bundles/load-bundle.js';
import type { CliWorld } from '../cli/world.js';
import { readCommandLine } from '../config/command-line.js';
import { visionFigures } from './vision.js';
import { readBenchFrames } from './vision-scenes.js';
import { visionTable } from './vision-table.js';

/** One core, as in the agent. */
const THREADS = 1;

/**
 * The command `oneface-edge bench-vision --bundle FILE --key FILE --frames FOLDER`: says how well the faces
 * of a folder of pictures are found and segmented, as a table and, on the last line, as JSON.
 *
 * @param args the command line after the command's name
 * @returns exit status
 * @throws InputError when the command line, the bundle or a frame cannot be used
 */
export async function visionCommand(
  args: readonly string[],
  world: Pick<CliWorld, 'clock' | 'stdout'>,
): Promise<number> {
  const {
    bundle: [bundle],
    key: keys,
    frames: [frames],
  } = readCommandLine({ positionals: [], options: ['bundle', 'key', 'frames'], multiple: ['key'] }, args);
  const { segmenter } = await loadBundle(bundle, keys, { threads: THREADS });
  try {
    const figures = await visionFigures(segmenter, readBenchFrames(frames, '--frames'), world.clock);
    world.stdout(`${visionTable(figures)}\n${JSON.stringify(figures)}\n`);
    return 0;
  } finally {
    await segmenter.close();
  }
}
