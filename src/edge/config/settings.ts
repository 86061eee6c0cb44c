import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import type { Logger } from '../logging/logger.js';
import { parseConfig } from './load-config.js';
import type { OverrideStore } from './override-store.js';
import { applyOverrides, type Overrides } from './overrides.js';
import type { AgentConfig } from './schema.js';

/** The configuration file and what was set over it. */
export interface Settings {
  readonly store: OverrideStore;
  /**
   * The configuration that these overrides would give.
   *
   * @throws InputError naming the first field that is wrong
   */
  readonly resolve: (overrides: Overrides) => AgentConfig;
}

/**
 * @param json what the configuration file holds; valid by itself
 * @param folder where its relative paths start
 * @throws InputError when the file by itself is wrong
 */
export function createSettings(json: unknown, folder: string, store: OverrideStore): Settings {
  // With its defaults, as a value may be set in a part that the file leaves out.
  const config = parseConfig(json, folder);
  return { store, resolve: (overrides) => parseConfig(applyOverrides(config, overrides), folder) };
}

/**
 * The configuration that this run goes by. Overrides that do not fit the file (it was edited, or the agent
 * is another version) never keep the agent from starting: new ones are taken back, old ones passed over.
 */
export async function currentConfig({ store, resolve }: Settings, log: Logger): Promise<AgentConfig> {
  try {
    return resolve(store.inUse);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!store.trying) {
      log.error('settings made by command do not fit the configuration and are passed over', { error });
      store.passOver();
      return resolve({});
    }
    await rollBack(store, error.message, log);
  }
  return currentConfig({ store, resolve }, log);
}

async function rollBack(store: OverrideStore, reason: string, log: Logger): Promise<void> {
  try {
    await store.rollBack(reason);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    log.error('new settings are passed over, but not taken back', { error });
  }
}
