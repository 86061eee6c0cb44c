import { parseArgs } from 'node:util';
import { expected } from '@oneface/common/errors/errors';

export const HELP = `Usage: npm run soak -- [--minutes N] [--out DIR] [--seed N]

Runs the edge agent at 10 frames a second against mosquitto, breaks the line, the broker, the camera program
and the agent again and again, and checks that no event is lost and that memory stays flat.

  --minutes N   How long, 2 to 1440. Default 120.
  --out DIR     Folder for the report, the samples, the plot and the logs. Default runs/soak.
  --seed N      Draws the faults. The same seed gives the same faults. Default: drawn, and printed.
  --help        Shows this text.

Exit status: 0 all checks hold, 1 one does not, 2 wrong command line.
`;

export interface Options {
  readonly help: boolean;
  readonly minutes: number;
  readonly out: string;
  /** Undefined: to be drawn. */
  readonly seed: number | undefined;
}

const SHORTEST_MINUTES = 2;
const LONGEST_MINUTES = 1440;
const LARGEST_SEED = 2 ** 31;

/**
 * Reads the command line.
 *
 * @throws InputError for an unknown option or a value out of range
 */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parse(argv);
  return {
    help: values.help ?? false,
    minutes: numberIn(values.minutes ?? '120', '--minutes', SHORTEST_MINUTES, LONGEST_MINUTES),
    out: values.out ?? 'runs/soak',
    seed:
      values.seed === undefined ? undefined : Math.floor(numberIn(values.seed, '--seed', 0, LARGEST_SEED)),
  };
}

function numberIn(text: string, option: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most)) throw expected(`a number from ${least} to ${most}`, option, text);
  return value;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        minutes: { type: 'string' },
        out: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw expected('--minutes N, --out DIR, --seed N or --help', 'npm run soak', argv.join(' '), { cause });
  }
}
