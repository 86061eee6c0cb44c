import type { Writable } from 'node:stream';

/**
 * Gives the function that writes log lines to a stream of the process.
 *
 * Whoever reads the stream may have gone (EPIPE), and the disk that it lies on may be full (ENOSPC): then the
 * lines are lost and the agent works on. Left to Node, the first such line would end the process.
 *
 * @param stream process.stderr
 */
export function createLogStream(stream: Writable): (text: string) => void {
  let lost = 0;
  stream.on('error', () => {
    lost += 1;
  });
  return (text) => {
    const before = lost;
    stream.write(text, (error) => {
      if (error || before === 0 || lost !== before) return;
      lost = 0;
      stream.write(`${before} log lines before this one could not be written\n`);
    });
  };
}
