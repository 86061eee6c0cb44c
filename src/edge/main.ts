#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { stopOnSignals } from './agent/stop-signal.js';
import { runCli } from './cli/cli.js';
import { createLogStream } from './cli/log-stream.js';
import { systemClock } from './clock/clock.js';
import { sleep } from './clock/sleep.js';

/** Longer than the publisher takes for its last messages. */
const STOP_MILLISECONDS = 10_000;

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  sleep,
  randomBytes,
  random: Math.random,
  catchSignals: () => stopOnSignals(process, STOP_MILLISECONDS),
  stdout: (text) => process.stdout.write(text),
  stderr: createLogStream(process.stderr),
});
