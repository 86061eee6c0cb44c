import { UnavailableError } from '@oneface/common/errors/errors';
import type { Triggers } from '../wake/wake.js';
import { chooseDriver } from './choose-driver.js';
import type { GpioOptions } from './gpio-options.js';
import { Light } from './light.js';
import type { GpioDriver } from './lines.js';
import { Relay, type RelayDeps } from './relay.js';
import { listen } from './trigger.js';

/** What the GPIO lines of this device are good for. */
export interface GpioParts {
  /** Whether there is a way to the lines. */
  readonly usable: boolean;
  readonly relay: Relay | undefined;
  readonly light: Light | undefined;
  readonly triggers: Triggers;
  /** Switches all off and lets go of the lines. */
  close(): Promise<void>;
}

export interface GpioDeps extends RelayDeps {
  /** Aborted when the agent has to stop: the relay goes off at once, and `close` comes later. */
  readonly stop: AbortSignal;
}

/** A device that uses no lines. */
const NOTHING: GpioParts = {
  usable: false,
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
  const driver = await unlessUnavailable('all', deps, () => chooseDriver(options, deps.env));
  if (driver === undefined) return NOTHING;
  deps.log.info('GPIO driver chosen', { driver: driver.name });
  const relay = openRelay(options, driver, deps);
  const light = await openLight(options, driver, deps);
  const listeners = new Set<() => void>();
  const onRise = () => {
    for (const listener of listeners) listener();
  };
  const close = new AbortController();
  const listening = options.triggers.map((trigger) =>
    listen(trigger, onRise, { ...deps, driver }, close.signal),
  );
  return {
    usable: true,
    relay,
    light,
    triggers(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      close.abort();
      const closed = await Promise.allSettled([relay?.close(), light?.close(), ...listening]);
      for (const each of closed) if (each.status === 'rejected') throw each.reason;
    },
  };
}

function openRelay({ chip, relay: options }: GpioOptions, driver: GpioDriver, deps: GpioDeps) {
  if (options === undefined) return undefined;
  const setting = { driver: driver.kind, relay: options, ...(chip !== undefined && { chip }) };
  const relay = new Relay(setting, deps);
  const onStop = () => void relay.close();
  if (deps.stop.aborted) onStop();
  else deps.stop.addEventListener('abort', onStop, { once: true });
  return relay;
}

async function openLight({ light: options }: GpioOptions, driver: GpioDriver, deps: GpioDeps) {
  if (options === undefined) return undefined;
  const onFault = (error: Error) => deps.log.error('the light is lost', { error });
  const line = await unlessUnavailable('light', deps, () => driver.output(options, onFault));
  return line && new Light(line, deps.sleep, deps.log);
}

async function unlessUnavailable<T>(
  part: string,
  { log }: GpioDeps,
  open: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    log.error('a part at the GPIO lines cannot be had', { part, error });
    return undefined;
  }
}
