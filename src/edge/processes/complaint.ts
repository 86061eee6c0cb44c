import { stripVTControlCharacters } from 'node:util';
import { shorten } from '@oneface/common/errors/shorten';

/** How a program ended: one of `exitCode` and `killedBy` is null. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** What it wrote to stderr, or the end of that. */
  readonly stderr: string;
}

const LONGEST_COMPLAINT = 200;

/** What a program complained of, in one line of at most 200 characters; without any, how it ended. */
export function complaintOf({ stderr, exitCode, killedBy }: ProgramEnd): string {
  const lines = linesOf(stderr);
  if (lines.length > 0) return shorten(lines.join('; '), LONGEST_COMPLAINT);
  return endOf(exitCode, killedBy);
}

/** The last line that a program wrote to stderr, at most 200 characters; without any, how it ended. */
export function lastComplaintOf({ stderr, exitCode, killedBy }: ProgramEnd): string {
  const last = linesOf(stderr).at(-1);
  return last === undefined ? endOf(exitCode, killedBy) : shorten(last, LONGEST_COMPLAINT);
}

function linesOf(stderr: string): string[] {
  return stripVTControlCharacters(stderr)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function endOf(exitCode: number | null, killedBy: NodeJS.Signals | null): string {
  return killedBy === null ? `it said nothing and ended with ${exitCode}` : `it was ended by ${killedBy}`;
}
