import { chooseDriver } from './choose-driver.js';
import type { GpioOptions } from './gpio-options.js';
import type { ProgramEnv } from './libgpiod-chip.js';

/**
 * Sets the relay off, for when the agent and the process that holds the relay were killed at once: nobody is
 * left then, and the line stays as it was. To be run after the agent has ended, as another process still has
 * the line with libgpiod.
 *
 * @param options the device's lines, if it has any
 * @param env where programs are looked up
 * @returns what was done, in words
 * @throws UnavailableError when the line cannot be had
 */
export async function switchRelayOff(options: GpioOptions | undefined, env: ProgramEnv): Promise<string> {
  if (options?.relay === undefined) return 'the device has no relay';
  const driver = await chooseDriver(options, env);
  let lost: Error | undefined;
  const line = await driver.output(options.relay, (error) => {
    lost = error;
  });
  await line.close();
  if (lost !== undefined) throw lost;
  return `the relay at line ${options.relay.line} is off (${driver.name})`;
}
