import { expected, InputError, OnefaceError } from '@oneface/common/errors/errors';
import { makeStateFolder, openOverrides } from './agent/agent-state.js';
import type { AgentWorld } from './agent/agent-world.js';
import { runAgent } from './agent/run-agent.js';
import { segmentPhoto } from './agent/segment-photo.js';
import { readCommandLine } from './config/command-line.js';
import { readConfig } from './config/load-config.js';
import { createSettings, currentConfig } from './config/settings.js';
import type { AgentConfig } from './config/schema.js';
import { createLogger } from './logging/logger.js';

const HELP = `Usage: oneface-edge COMMAND [OPTIONS]

Commands:
  run --config FILE
      Takes frames, finds the face in each, segments it and reports over MQTT,
      until the frame source ends or the program is told to stop.

  segment PHOTO --out mask.png --bundle FILE --key FILE
      Does the same with one photo: writes the mask as a palette PNG of the
      photo's size, and an event for each face to stdout. --key may be given more than once.

  --help
      Shows this text.

Exit status: 0 done, 1 failed or events not delivered, 2 wrong command line, configuration or photo.
`;

/** What the program may use of the world around it. */
export interface CliWorld extends Omit<AgentWorld, 'stop'> {
  /** From this call on, signals to the process do not end it but abort what comes back. */
  readonly catchSignals: () => AbortSignal;
  /** Takes results. */
  readonly stdout: (text: string) => void;
  /** Takes log lines and complaints. */
  readonly stderr: (text: string) => void;
}

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
  const [command, ...args] = argv;
  try {
    switch (command) {
      case 'run':
        return await run(args, world);
      case 'segment':
        return await segment(args, world);
      default:
        throw expected('run or segment', 'the command', command);
    }
  } catch (error) {
    world.stderr(`${complaint(error)}\n`);
    return error instanceof InputError ? 2 : 1;
  }
}

async function run(args: readonly string[], world: CliWorld): Promise<number> {
  const {
    config: [file],
  } = readCommandLine({ positionals: [], options: ['config'] }, args);
  const { json, folder, config } = await readConfig(file);
  const logger = (options: AgentConfig['log']) =>
    createLogger({ ...options, now: world.clock.now, write: world.stderr });
  await makeStateFolder(config.state);
  const overrides = await openOverrides(config.state, logger(config.log));
  await overrides.beginStart();
  const settings = createSettings(json, folder, overrides);
  const current = await currentConfig(settings, logger(config.log));
  const lost = await runAgent(current, settings, { ...world, stop: world.catchSignals() }, logger(current.log));
  return lost === 0 ? 0 : 1;
}

async function segment(args: readonly string[], world: CliWorld): Promise<number> {
  const {
    PHOTO: [photo],
    out: [out],
    bundle: [bundle],
    key: keys,
  } = readCommandLine({ positionals: ['PHOTO'], options: ['out', 'bundle', 'key'], multiple: ['key'] }, args);
  const events = await segmentPhoto({ photo, out, bundle, keys }, world.clock, world.randomBytes);
  for (const event of events) world.stdout(`${JSON.stringify(event)}\n`);
  return 0;
}

/** Only a defect shows where in the program it came from. */
function complaint(error: unknown): string {
  if (error instanceof OnefaceError) return error.message;
  return error instanceof Error ? String(error.stack) : String(error);
}
