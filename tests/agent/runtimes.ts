import { pathToFileURL } from 'node:url';
import { FAKETIME_LIBRARY } from '../clock/faked-agent.js';
import { projectFile } from '../support/paths.js';
import type { Runtime } from './program.js';

const INJECTOR = pathToFileURL(projectFile('tests/dist/supervision/fixtures/inject-fault.js')).href;

/** Where Node runs as it is. */
export const PLAIN: Runtime = { command: [process.execPath], env: process.env };

/**
 * Where a part of the agent goes wrong after some frames; see supervision/fixtures/inject-fault.ts.
 *
 * @param file made when that happens; where it is already there nothing does
 */
export function withFault({ command, env }: Runtime, fault: string, file?: string): Runtime {
  return {
    command: [...command, '--import', INJECTOR],
    env: { ...env, ONEFACE_FAULT: fault, ...(file !== undefined && { ONEFACE_FAULT_ONCE: file }) },
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
