import { readCommandLine } from '../config/command-line.js';
import { readConfig } from '../config/load-config.js';
import { switchRelayOff } from '../gpio/relay-off.js';
import type { CliWorld } from './world.js';

/** The command `relay-off`: for the service manager, once all processes of the agent are gone. */
export async function relayOffCommand(args: readonly string[], world: CliWorld): Promise<number> {
  const {
    config: [file],
  } = readCommandLine({ positionals: [], options: ['config'] }, args);
  const { config } = await readConfig(file);
  world.stdout(`${await switchRelayOff(config.gpio, world.env)}\n`);
  return 0;
}
