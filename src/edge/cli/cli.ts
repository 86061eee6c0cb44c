import { expected, InputError, OnefaceError } from '@oneface/common/errors/errors';
import { BENCH_HELP } from '../bench/bench-options.js';
import type { CliWorld } from './world.js';

const HELP = `Usage: oneface-edge COMMAND [OPTIONS]

Commands:
  run --config FILE
      Takes frames, finds the face in each, segments it and reports over MQTT,
      until the frame source ends or the program is told to stop.

  segment PHOTO --out mask.png --bundle FILE --key FILE
      Does the same with one photo: writes the mask as a palette PNG of the
      photo's size, and an event for each face to stdout. --key may be given more than once.

  diagnose --config FILE
      Tries camera, bundle, clock, disk, memory and broker, each for itself, and
      prints what it found.

  relay-off --config FILE
      Switches the relay off, when the agent was killed with all its processes.

${BENCH_HELP}
  bench-vision --bundle FILE --key FILE --frames FOLDER
      Says how well the faces of a folder of pictures are found and segmented.

  --help
      Shows this text.

Exit status: 0 done, 1 failed or events lost, 2 wrong command line, configuration or photo.
`;

type Command = (args: readonly string[], world: CliWorld) => Promise<number>;

/** What each command does with the command line after its name. Only what runs is loaded: memory is short. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run-command.js')).runCommand,
  segment: async () => (await import('./segment-command.js')).segmentCommand,
  diagnose: async () => (await import('./diagnose-command.js')).diagnoseCommand,
  'relay-off': async () => (await import('./relay-off-command.js')).relayOffCommand,
  bench: async () => (await import('../bench/bench-command.js')).benchCommand,
  'bench-vision': async () => (await import('../bench/vision-command.js')).visionCommand,
};

/**
 * Runs the command that a command line names.
 *
 * @param argv the command line after the program's name
 * @returns exit status: 0 done, 1 failed or events not delivered, 2 wrong command line, configuration or photo
 */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    world.stdout(HELP);
    return 0;
  }
  const [name = '', ...args] = argv;
  try {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) {
      throw expected(`one of ${Object.keys(COMMANDS).join(', ')}`, 'the command', argv[0]);
    }
    const command = await load();
    return await command(args, world);
  } catch (error) {
    world.stderr(`${complaint(error)}\n`);
    return error instanceof InputError ? 2 : 1;
  }
}

/** Only a defect shows where in the program it came from. */
function complaint(error: unknown): string {
  if (error instanceof OnefaceError) return error.message;
  return error instanceof Error ? String(error.stack) : String(error);
}
