import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface ShellOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Output at which the command is ended and counts as done. */
  readonly until?: RegExp | undefined;
}

const PATIENCE_MILLISECONDS = 120_000;

/** Runs a command as a user's shell does: without what npm tells the scripts that it runs. */
export async function runInShell(command: string, { folder, env, until }: ShellOptions): Promise<Ended> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    // A program that npx does not find here must not come from a registry.
    env: { ...Object.fromEntries(own), npm_config_offline: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let reached = false;
  const endAll = () => process.kill(-(child.pid as number), 'SIGKILL');
  const collect = (text: string) => {
    output += text;
    if (reached || !until?.test(output)) return;
    reached = true;
    endAll();
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const patience = setTimeout(endAll, PATIENCE_MILLISECONDS);
  const [code] = await once(child, 'close');
  clearTimeout(patience);
  return { code: reached ? 0 : code, output };
}
