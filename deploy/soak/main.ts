import { resolve } from 'node:path';
import { InputError, OnefaceError } from '@oneface/common/errors/errors';
import { HELP, readOptions } from './options.js';
import type { SoakReport } from './report.js';
import { runSoak } from './soak.js';

const LARGEST_SEED = 2 ** 31;

async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const { minutes } = options;
  const seed = options.seed ?? Math.floor(Math.random() * LARGEST_SEED);
  const out = resolve(options.out);
  say(`soak of ${minutes} minutes, seed ${seed}, in ${out}`);
  const report = await runSoak({ minutes, seed, out, say }, interruption());
  say(verdict(report, out));
  if (!report.finished || report.checks.some(({ holds }) => !holds)) process.exitCode = 1;
}

function verdict({ checks, finished }: SoakReport, out: string): string {
  const lines = checks.map(({ name, holds, detail }) => `${holds ? 'ok  ' : 'FAIL'} ${name}: ${detail}`);
  const end = finished ? [] : ['FAIL interrupted before its end'];
  return ['', ...lines, ...end, `Report ${out}/report.json, plot ${out}/soak.svg`].join('\n');
}

/** Aborted by Ctrl-C, so that nothing that was started is left. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof OnefaceError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
