import { readFileSync } from 'node:fs';

const BOOT_ID_BYTES = 16;

/**
 * Draws the id of this run of the agent.
 *
 * @param randomBytes gives that many random bytes
 * @returns 32 hex digits
 */
export function drawBootId(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(BOOT_ID_BYTES)).toString('hex');
}

/** The agent's version, as its package says. */
export function agentVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(version);
}
