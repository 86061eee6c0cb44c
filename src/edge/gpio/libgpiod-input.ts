import { complaintOf } from '../processes/complaint.js';
import { streamProgram } from '../processes/stream-program.js';
import { createDebounce } from './debounce.js';
import { type LibgpiodChip, watchArguments } from './libgpiod-arguments.js';
import type { ProgramEnv } from './libgpiod-chip.js';
import { lineError } from './line-error.js';
import type { InputLine, InputSetting, OnFault } from './lines.js';

/** gpiomon writes a digit and a line feed; what is much longer is not from it. */
const LONGEST_LINE = 1000;

/** Listens with a gpiomon process, which writes a line of text at each edge. */
export function openInput(
  chip: LibgpiodChip,
  setting: InputSetting,
  env: ProgramEnv,
  onRise: () => void,
  onFault: OnFault,
): InputLine {
  const { line, debounceMilliseconds } = setting;
  const stop = new AbortController();
  const debounce = createDebounce(debounceMilliseconds, onRise);
  const software = chip.version === 1 && debounceMilliseconds > 0;
  const onEdge = (active: boolean) => {
    if (stop.signal.aborted) return;
    if (software) debounce.edge(active);
    else if (active) onRise();
  };
  const gone = streamProgram('gpiomon', watchArguments(chip, setting), {
    env: { PATH: env.PATH },
    onBytes: readEdges(onEdge),
    signal: stop.signal,
  }).then(
    (end) => lineError(line, `gpiomon ended: ${complaintOf(end)}`),
    (cause) => lineError(line, 'an error of gpiomon', cause),
  );
  const told = gone.then((error) => {
    if (!stop.signal.aborted) onFault(error);
  });
  return {
    async close() {
      stop.abort();
      debounce.close();
      await told;
    },
  };
}

/** Takes gpiomon's output as it comes: "1" for an edge to active, "0" for one to inactive. */
function readEdges(onEdge: (active: boolean) => void): (bytes: Buffer) => void {
  let rest = '';
  return (bytes) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) onEdge(line.trim() === '1');
  };
}
