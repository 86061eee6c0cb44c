/** A line that the agent drives. `true` is on, whatever level that is. */
export interface OutputLine {
  /**
   * Switches the line. It may be called before the last call has resolved; the last call counts.
   *
   * @throws UnavailableError when the line cannot be driven any more
   */
  set(on: boolean): Promise<void>;
  /**
   * Sets the line off and takes no more calls.
   *
   * @throws UnavailableError when it could not be set off
   */
  close(): Promise<void>;
}

/** A line that the agent listens to. */
export interface InputLine {
  /** Lets go of the line; the listener is not called any more. */
  close(): Promise<void>;
}

export interface OutputSetting {
  readonly line: number;
  readonly activeLow: boolean;
}

export interface InputSetting extends OutputSetting {
  readonly debounceMilliseconds: number;
}

/** Told at most once that a line is lost. */
export type OnFault = (error: Error) => void;

export type DriverKind = 'onoff' | 'libgpiod';

/** One way to reach the GPIO lines of this machine. */
export interface GpioDriver {
  readonly kind: DriverKind;
  /** What to call it in the log: the way and the chip. */
  readonly name: string;
  /**
   * Takes a line as an output that is off from the first moment.
   *
   * @param onFault called when the line is lost while nobody switches it
   * @throws UnavailableError when the line cannot be had
   */
  output(setting: OutputSetting, onFault: OnFault): Promise<OutputLine>;
  /**
   * Takes a line as an input. A line counts as active once it has been so for its debounce time.
   *
   * @param onRise called whenever the line becomes active
   * @param onFault called when the line cannot be listened to any more; close it then
   * @throws UnavailableError when the line cannot be had
   */
  input(setting: InputSetting, onRise: () => void, onFault: OnFault): Promise<InputLine>;
}
