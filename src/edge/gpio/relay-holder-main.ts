/** The process that owns the relay. Its one argument is a `HolderSetting` as JSON. */
import { chooseDriver } from './choose-driver.js';
import type { HolderSetting } from './relay.js';
import { holdRelay } from './relay-holder.js';

const [, , argument = ''] = process.argv;
const { options, relay }: HolderSetting = JSON.parse(argument);
const line = chooseDriver(options, process.env).output(relay);
// The service manager ends all processes of the agent at once; the line goes off first.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.stdin.destroy());
process.stdout.write('ready\n');
await holdRelay(line, process.stdin, relay.longestOnSeconds * 1000);
process.exit();
