/**
 * Kills a process and all that it started in its process group, by SIGKILL: a program that is blocked in
 * open() ignores every other signal. A group that is gone already is no error.
 *
 * @param leader id of the process that leads the group; undefined for one that was never started
 */
export function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
