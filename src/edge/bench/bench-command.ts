import type { CliWorld } from '../cli/world.js';
import { runBench } from './bench.js';
import { readBenchOptions } from './bench-options.js';

/** Exit status of a program that was ended by SIGINT, as shells report it. */
const INTERRUPTED = 130;

/**
 * The command `oneface-edge bench`.
 *
 * @param args the command line after the command's name
 * @returns exit status
 * @throws InputError when the command line or a file is wrong
 * @throws UnavailableError when the broker does not answer
 */
export async function benchCommand(args: readonly string[], world: CliWorld): Promise<number> {
  const options = readBenchOptions(args);
  const stop = world.catchSignals();
  try {
    await runBench(options, { ...world, stop });
    return 0;
  } catch (error) {
    if (!stop.aborted) throw error;
    world.stderr('Interrupted\n');
    return INTERRUPTED;
  }
}
