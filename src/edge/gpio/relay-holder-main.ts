/** The process that owns the relay. Its one argument is a `HolderSetting` as JSON. */
import { OnefaceError } from '@oneface/common/errors/errors';
import { systemClock } from '../clock/clock.js';
import { chooseDriver } from './choose-driver.js';
import type { HolderSetting } from './holder-process.js';
import { holdRelay } from './relay-holder.js';

const [, , argument = ''] = process.argv;
const { driver, chip, relay }: HolderSetting = JSON.parse(argument);
const end = new AbortController();
// The service manager ends all processes of the agent at once.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end.abort());
// A defect must not leave the relay on: what is thrown anywhere ends `holdRelay`, which sets it off.
process.on('uncaughtException', (error) => end.abort(error));

try {
  const gpio = await chooseDriver({ driver, ...(chip !== undefined && { chip }) }, process.env);
  const line = await gpio.output(relay, (error) => end.abort(error));
  process.stdout.write('ready\n');
  await holdRelay(line, {
    orders: process.stdin,
    end: end.signal,
    longestOn: relay.longestOnSeconds * 1000,
    clock: systemClock,
  });
  process.exit(0);
} catch (error) {
  // Its last word, unless nobody is there to hear it.
  process.stderr.on('error', () => process.exit(1));
  process.stderr.write(`${wordsOf(error)}\n`, () => process.exit(1));
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof OnefaceError)) return String(error.stack);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
