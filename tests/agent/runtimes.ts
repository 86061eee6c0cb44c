import { pathToFileURL } from 'node:url';
import { FAKETIME_LIBRARY } from '../clock/faked-agent.js';
import { projectFile } from '../support/paths.js';
import type { Runtime } from './program.js';

const SPOIL = pathToFileURL(projectFile('tests/dist/supervision/fixtures/spoil.js')).href;

/** Where Node runs as it is. */
export const PLAIN: Runtime = { command: [process.execPath], env: process.env };

/**
 * Where a part of the agent goes wrong after some frames; see supervision/fixtures/spoil.ts.
 *
 * @param file made when that happens; where it is already there nothing does
 */
export function spoiled({ command, env }: Runtime, spoil: string, file?: string): Runtime {
  return {
    command: [...command, '--import', SPOIL],
    env: { ...env, ONEFACE_SPOIL: spoil, ...(file !== undefined && { ONEFACE_SPOILED: file }) },
  };
}

/**
 * Where all clocks go so many times faster, and pauses take as much less time.
 *
 * @param start what is added to the time of day at first, as faketime reads it: "+31d"
 */
export function hastened({ command, env }: Runtime, times: number, start = '+0'): Runtime {
  return { command, env: { ...env, LD_PRELOAD: FAKETIME_LIBRARY, FAKETIME: `${start} x${times}` } };
}
