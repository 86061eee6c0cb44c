import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, in which /proc counts processor time; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** What the kernel says of a process. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** Processor time so far, user and system. */
  readonly processorSeconds: number;
}

/** Figures of a process; undefined when it is gone. */
export function processFigures(pid: number): ProcessFigures | undefined {
  const status = readProc(pid, 'status');
  const fields = statFields(pid);
  const resident = status && /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (!resident || fields === undefined) return undefined;
  // Fields 14 and 15 of proc(5), counted from the state, which is field 3.
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { residentBytes: Number(resident) * KIB, processorSeconds: ticks / TICKS_PER_SECOND };
}

/** Running processes with that name whose parent is `parent`. */
export function childrenOf(parent: number, name: string): number[] {
  return allProcesses().filter((pid) => {
    const fields = statFields(pid);
    return fields !== undefined && Number(fields[1]) === parent && fields[0] !== 'Z' && nameOf(pid) === name;
  });
}

/** Running processes whose command line holds a text. */
export function processesWith(text: string): number[] {
  return allProcesses().filter((pid) => readProc(pid, 'cmdline')?.includes(text));
}

/** Sends a signal. A process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function nameOf(pid: number): string | undefined {
  return readProc(pid, 'comm')?.trim();
}

/** The fields of /proc/PID/stat from the state on; the name before it may hold spaces. */
function statFields(pid: number): string[] | undefined {
  const stat = readProc(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))) {
      return undefined;
    }
    throw error;
  }
}
