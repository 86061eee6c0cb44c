import { parseArgs } from 'node:util';
import { expected } from '@oneface/common/errors/errors';

/** For the help of the program. */
export const BENCH_HELP = `  bench --bundle FILE --key FILE [OPTIONS]
      Measures this device: frame to published event, stage by stage, memory,
      and the time from the start of the agent to its first event.
      --frames PATH    a picture or a folder of pictures; a generated face if left out
      --count N        frames, 10000 if left out
      --broker URL     mqtt://host:port; if left out, mosquitto is started for it
      --json           the report as JSON
`;

const DEFAULT_COUNT = 10_000;
const MOST_FRAMES = 10_000_000;

/** What to measure, and with what. */
export interface BenchOptions {
  readonly bundle: string;
  /** Public key files (PEM) whose signature the bundle may carry. */
  readonly keys: readonly string[];
  /** A picture or a folder of pictures; undefined for the generated face that comes with the project. */
  readonly frames: string | undefined;
  readonly count: number;
  /** Undefined: mosquitto is started. */
  readonly broker: string | undefined;
  readonly json: boolean;
  /** How often the agent is started to see how long its first event takes; 5 if left out. */
  readonly starts?: number;
}

/**
 * Reads the command line after the command's name.
 *
 * @throws InputError when an option is missing, unknown or wrong
 */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { bundle, key, frames, count, broker, json } = parse(args);
  if (bundle === undefined) throw expected('a value', '--bundle', undefined);
  if (key === undefined) throw expected('a value', '--key', undefined);
  const frameCount = count === undefined ? DEFAULT_COUNT : Number(count);
  if (!(Number.isInteger(frameCount) && frameCount >= 1 && frameCount <= MOST_FRAMES)) {
    throw expected(`an integer from 1 to ${MOST_FRAMES}`, '--count', count);
  }
  return { bundle, keys: key, frames, count: frameCount, broker, json: json ?? false };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        bundle: { type: 'string' },
        key: { type: 'string', multiple: true },
        frames: { type: 'string' },
        count: { type: 'string' },
        broker: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const known = '--bundle, --key, --frames, --count, --broker and --json';
    throw expected(known, 'the options of bench', args.join(' '), { cause });
  }
}
