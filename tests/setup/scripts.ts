import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { projectFile } from '../support/paths.js';

/** How a script ended, with all that it wrote. */
export interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs a script of the project with this Node, in an environment that differs by `env`. */
export function runScript(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  return new Promise((done, fail) => {
    const start = performance.now();
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', fail);
    child.on('close', (code) => done({ code, output, milliseconds: performance.now() - start }));
  });
}

/** Loads a module of set-up, which is plain JavaScript because it runs before anything is compiled. */
export function loadModule<Module>(path: string): Promise<Module> {
  return import(pathToFileURL(projectFile(path)).href);
}
