/** One picture as the camera or the file gave it: not decoded, not changed. */
export interface Frame {
  /** A whole JPEG or PNG file. */
  readonly bytes: Uint8Array;
  /** When the picture was taken, in milliseconds since 1970 by the injected clock. */
  readonly capturedAt: number;
  /** What to call the frame in logs: a file name, or the camera and its count. Never published. */
  readonly name: string;
}

/** What happened to a source since it was opened. */
export interface SourceCounts {
  /** Frames that a newer one replaced before anybody asked for them. */
  readonly dropped: number;
  /** Times that its program or connection had to be started again. */
  readonly restarts: number;
}

/** Where frames come from: a camera program, a folder of pictures. One reader at a time. */
export interface FrameSource {
  /** What to call the source in logs. */
  readonly name: string;
  readonly counts: SourceCounts;
  /** True where the same pictures come again by intent (files, test pictures): they say nothing of a camera. */
  readonly replays?: boolean;
  /**
   * Waits for the next frame.
   *
   * @param signal gives up waiting: the promise then rejects with the signal's reason
   * @returns the frame, or undefined when the source has ended for good
   * @throws OnefaceError when this frame could not be had; the source stays usable and may be asked again
   */
  next(signal: AbortSignal): Promise<Frame | undefined>;
  /** Ends the source and whatever it started (child programs, timers). Safe to call twice. */
  close(): Promise<void>;
}
