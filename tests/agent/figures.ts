import { setTimeout as delay } from 'node:timers/promises';
import { type Page, parsePage } from '../health/prometheus-text.js';
import type { Running } from './program.js';

/**
 * The figures that an agent serves, once they are as a test wants them.
 *
 * @throws Error with the agent's log when it ends before
 */
export async function figures(
  agent: Running,
  port: number,
  isSo: (page: Page) => boolean = () => true,
): Promise<Page> {
  while (agent.child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      const page = response.ok ? parsePage(await response.text()) : undefined;
      if (page !== undefined && isSo(page)) return page;
    } catch (error) {
      // It is not up yet.
      if (!(error instanceof TypeError)) throw error;
    }
    await delay(50);
  }
  throw new Error(`The agent has ended:\n${agent.stderr()}`);
}
