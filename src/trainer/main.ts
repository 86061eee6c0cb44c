#!/usr/bin/env node
import { runCli } from './cli.js';
import { COMMANDS } from './commands/command-table.js';

const interruption = new AbortController();
// Once only: a second SIGINT ends the process at once, which no command minds.
process.once('SIGINT', () => interruption.abort());

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
  clock: () => new Date(),
  now: () => performance.now(),
});
