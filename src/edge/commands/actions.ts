/** What a command found, by name: names of letters that start with a small one, values of JSON. */
export type CommandResult = Readonly<Record<string, unknown>>;

/**
 * What commands do to the agent. One runs at a time. An action that takes too long is given up: its signal
 * is aborted and its end is not waited for.
 *
 * An `UnavailableError` says that the device has no such part; any other error is a failure of the command.
 */
export interface CommandActions {
  /** Looks at one frame now and reports it as an event. */
  capture(signal: AbortSignal): Promise<CommandResult>;
  /** Publishes a health message. */
  sendHealth(signal: AbortSignal): Promise<void>;
  /**
   * Resolves once the light blinks, and does not wait for its end. A light that blinks already goes on for
   * the new time.
   */
  identify(seconds: number, signal: AbortSignal): Promise<void>;
  /** Checks the parts of the device. A part that is not well is a result, not an error. */
  diagnose(signal: AbortSignal): Promise<CommandResult>;
  /**
   * Makes the process end in order, so that whoever watches over it starts it again. Only asks for it: the
   * end comes later, with a `close()` of the command handler.
   */
  restart(): void;
}
