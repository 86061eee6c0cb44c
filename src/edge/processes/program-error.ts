import { UnavailableError } from '@oneface/common/errors/errors';

/** Why a program gave no result. */
export type ProgramFailure = 'not-started' | 'deadline' | 'too-much-output';

/** A program could not be started, or was killed because it took too long or wrote too much. */
export class ProgramError extends UnavailableError {
  readonly failure: ProgramFailure;

  constructor(failure: ProgramFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
