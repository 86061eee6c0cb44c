/**
 * True for what the machine refuses: a file that is absent, a full or read-only disk, a missing right.
 *
 * @param code such as "ENOENT"; any unless given
 */
export function isSystemError(error: unknown, code?: string): error is NodeJS.ErrnoException {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return false;
  return code === undefined || error.code === code;
}
