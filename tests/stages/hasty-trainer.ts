/** The trainer's program by a clock on which every millisecond lasts for seconds: it writes checkpoints all the time. */
import process from 'node:process';
import { runCli } from '@oneface/trainer/cli';
import { COMMANDS } from '@oneface/trainer/commands/command-table';

const HASTE = 5000;

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: new AbortController().signal,
  clock: () => new Date(),
  now: () => performance.now() * HASTE,
});
