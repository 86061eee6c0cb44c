import type { CommandErrorCode } from '@oneface/common/commands/reply';
import { OnefaceError, UnavailableError } from '@oneface/common/errors/errors';

/** A command that is refused or failed; `reason` goes into the reply as its code. */
export class CommandError extends OnefaceError {
  readonly reason: CommandErrorCode;

  constructor(reason: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(`command-${reason}`, message, options);
    this.reason = reason;
  }
}

/** The command error that an action's error means. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof UnavailableError ? 'unavailable' : 'failed';
  return new CommandError(reason, message, { cause: error });
}
