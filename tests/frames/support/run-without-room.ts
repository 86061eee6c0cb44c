import { openSync } from 'node:fs';
import { runWithDeadline } from '@oneface/edge/processes/run-with-deadline';

/*
 * A program that uses up the files that it may open, then tries to run another program and writes why that
 * failed.
 */
useUpFiles();
try {
  const options = { cwd: '/', env: process.env, deadlineMs: 10_000, outputLimit: 1000, leash: true };
  await runWithDeadline('/bin/true', [], { ...options, signal: new AbortController().signal });
} catch (error) {
  process.stdout.write(`${error}\n`);
}

function useUpFiles(): void {
  try {
    while (openSync('/dev/null', 'r') > 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EMFILE')) throw error;
  }
}
