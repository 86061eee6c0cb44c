/** A reason why set-up cannot go on, in words for the person who started it. Anything else is a defect. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(message, options) {
    super(message, options);
    this.name = 'SetupError';
  }
}

/**
 * Builds the one form of complaint: "Expected X for Y but received Z".
 *
 * @param {string} what what would have been right
 * @param {string} subject what it was for
 * @param {string} received what came instead
 */
export function expected(what, subject, received) {
  return new SetupError(`Expected ${what} for ${subject} but received ${received}`);
}
