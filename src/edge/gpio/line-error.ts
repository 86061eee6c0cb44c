import { UnavailableError } from '@oneface/common/errors/errors';

/** Says that a line of a chip cannot be used, with what the system said. */
export function lineError(line: number, reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError(`Expected GPIO line ${line} but received: ${reason}`, { cause });
}

/** @throws UnavailableError when the chip has no such line */
export function requireLine(line: number, chip: { readonly label: string; readonly lines: number }): void {
  if (line < chip.lines) return;
  throw new UnavailableError(`Expected a line below ${chip.lines} for ${chip.label} but received ${line}`);
}
