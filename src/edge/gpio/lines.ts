/** A line that the agent drives. `true` is on, whatever level that is. */
export interface OutputLine {
  /** @throws UnavailableError when the line cannot be driven any more */
  set(on: boolean): void;
  /** Sets the line off and lets go of it. */
  close(): void;
}

/** A line that the agent listens to. */
export interface InputLine {
  /** Lets go of the line; the listener is not called any more. */
  close(): void;
}

export interface OutputSetting {
  readonly line: number;
  readonly activeLow: boolean;
}

export interface InputSetting extends OutputSetting {
  readonly debounceMilliseconds: number;
}

/** One way to reach the GPIO lines of this machine. */
export interface GpioDriver {
  /** What to call it in the log: the way and the chip. */
  readonly name: string;
  /**
   * Takes a line as an output that is off from the first moment.
   *
   * @throws UnavailableError when the line cannot be had
   */
  output(setting: OutputSetting): OutputLine;
  /**
   * Takes a line as an input.
   *
   * @param onRise called whenever the line becomes active
   * @param onFault called once when the line cannot be listened to any more
   * @throws UnavailableError when the line cannot be had
   */
  input(setting: InputSetting, onRise: () => void, onFault: (error: Error) => void): InputLine;
}
