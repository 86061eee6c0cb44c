import { setTimeout as delay } from 'node:timers/promises';
import { type Page, parsePage } from '../health/prometheus-text.js';
import type { Running } from './program.js';

/** Long, as many tests may share few cores. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * The figures that an agent serves, once they are as a test wants them.
 *
 * @throws Error with the agent's log when it ends before, or when they do not come to be so
 */
export async function figures(
  agent: Running,
  port: number,
  isSo: (page: Page) => boolean = () => true,
): Promise<Page> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  let page: Page | undefined;
  while (agent.child.exitCode === null && agent.child.signalCode === null && Date.now() < deadline) {
    page = (await pageAt(port)) ?? page;
    if (page !== undefined && isSo(page)) return page;
    await delay(50);
  }
  throw new Error(`Expected other figures but received ${JSON.stringify(page?.samples)}\n${agent.stderr()}`);
}

/** Undefined while nobody serves it, or no whole one. */
async function pageAt(port: number): Promise<Page | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return response.ok ? parsePage(await response.text()) : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
