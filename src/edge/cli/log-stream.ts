/** The part of process.stderr that the log needs. */
export interface LogTarget {
  on(event: 'error', listener: () => void): unknown;
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/**
 * Gives the function that writes log lines to a stream of the process.
 *
 * Whoever reads the stream may have gone (EPIPE), and the disk that it lies on may be full (ENOSPC): then
 * lines are lost, and the agent works on. Left to Node, the first such line would end the process.
 *
 * @param target process.stderr, which can be written again after an error
 */
export function createLogStream(target: LogTarget): (text: string) => void {
  let lost = 0;
  target.on('error', () => {
    lost += 1;
  });
  return (text) => {
    target.write(text, (error) => {
      if (error || lost === 0) return;
      const lines = lost;
      lost = 0;
      target.write(`${lines} lines above this one are missing: they could not be written\n`);
    });
  };
}
