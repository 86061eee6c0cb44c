import type { Logger } from '../logging/logger.js';
import type { WakeOptions } from './wake-options.js';

/**
 * What an agent can be woken by: where no trigger can come, one that waits for it would be blind, and look well.
 *
 * @param canTrigger whether the lines of triggers could be opened
 */
export function possibleWake(wake: WakeOptions, canTrigger: boolean, log: Logger): WakeOptions {
  if (wake.mode !== 'trigger' || canTrigger) return wake;
  log.error('no trigger can come, so every frame is looked at');
  return { mode: 'always' };
}
