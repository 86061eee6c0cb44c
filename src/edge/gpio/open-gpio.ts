import { UnavailableError } from '@oneface/common/errors/errors';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Triggers } from '../wake/wake.js';
import { chooseDriver } from './choose-driver.js';
import type { GpioOptions } from './gpio-options.js';
import { Light } from './light.js';
import type { InputLine } from './lines.js';
import { Relay } from './relay.js';

/** What the GPIO lines of this device are good for. */
export interface GpioParts {
  readonly relay: Relay | undefined;
  readonly light: Light | undefined;
  readonly triggers: Triggers;
  /** Switches all off and lets go of the lines. */
  close(): Promise<void>;
}

export interface GpioDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/** A device that uses no lines. */
const NOTHING: GpioParts = {
  relay: undefined,
  light: undefined,
  triggers: () => () => {},
  close: async () => {},
};

/**
 * Takes the lines that the configuration names. A line that cannot be had is logged, and the agent does
 * without: a loose wire must not keep it from its work.
 */
export async function openGpio(options: GpioOptions | undefined, deps: GpioDeps): Promise<GpioParts> {
  if (options === undefined) return NOTHING;
  const { env, sleep, log } = deps;
  const attempt = async <T>(what: string, open: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      log.error('a part at the GPIO lines cannot be had', { part: what, error });
      return undefined;
    }
  };
  const driver = await attempt('all', () => chooseDriver(options, env));
  if (driver === undefined) return NOTHING;
  log.info('GPIO driver chosen', { driver: driver.name });
  const { relay: relayOptions, light: lightOptions } = options;
  const relay =
    relayOptions && (await attempt('relay', () => Relay.open({ options, relay: relayOptions }, log)));
  const line = lightOptions && (await attempt('light', () => driver.output(lightOptions)));
  const light = line && new Light(line, sleep);
  const listeners = new Set<() => void>();
  const inputs: InputLine[] = [];
  for (const trigger of options.triggers) {
    const name = `${trigger.kind} at line ${trigger.line}`;
    const onRise = () => {
      for (const listener of listeners) listener();
    };
    const onFault = (error: Error) => log.error('a trigger is lost', { trigger: name, error });
    const input = await attempt(name, () => driver.input(trigger, onRise, onFault));
    if (input !== undefined) inputs.push(input);
  }
  return {
    relay,
    light,
    triggers(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      for (const input of inputs) input.close();
      await light?.close();
      await relay?.close();
    },
  };
}
