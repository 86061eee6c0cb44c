import { segmentPhoto } from '../agent/segment-photo.js';
import { readCommandLine } from '../config/command-line.js';
import type { CliWorld } from './world.js';

/** The command `segment`: one photo. */
export async function segmentCommand(args: readonly string[], world: CliWorld): Promise<number> {
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
