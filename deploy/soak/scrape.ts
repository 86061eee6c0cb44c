const DEADLINE_MILLISECONDS = 2000;

/** What the agent says of itself on loopback. */
export interface Scrape {
  readonly queueMessages: number;
  readonly queueBytes: number;
  readonly connected: boolean;
  readonly camera: string;
  /** Messages that the outbox dropped, of any kind. */
  readonly dropped: number;
}

/**
 * Reads the agent's figures.
 *
 * @param port where it serves them
 * @returns undefined when it does not answer, as while it is down
 */
export async function scrape(port: number): Promise<Scrape | undefined> {
  let text: string;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(DEADLINE_MILLISECONDS),
    });
    text = await answer.text();
  } catch (error) {
    // fetch's name for a connection that is refused or breaks, and for the deadline.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) {
      return undefined;
    }
    throw error;
  }
  return readMetrics(text);
}

/** Takes the figures out of Prometheus' text format; undefined when one of them is not there. */
export function readMetrics(text: string): Scrape | undefined {
  const lines = text.split('\n').map((line) => /^oneface_(\w+?)(?:\{(.*)\})? (\S+)$/.exec(line));
  const values = lines.flatMap((match) =>
    match === null ? [] : [{ name: match[1], labels: match[2] ?? '', value: Number(match[3]) }],
  );
  const one = (name: string) => values.find((each) => each.name === name)?.value;
  const queueMessages = one('outbox_messages');
  const queueBytes = one('outbox_bytes');
  if (queueMessages === undefined || queueBytes === undefined) return undefined;
  const camera = values.find(({ name, value }) => name === 'camera_state' && value === 1);
  return {
    queueMessages,
    queueBytes,
    connected: one('broker_connected') === 1,
    camera: /state="([^"]*)"/.exec(camera?.labels ?? '')?.[1] ?? '',
    dropped: values
      .filter(({ name }) => name === 'outbox_dropped_total')
      .reduce((sum, { value }) => sum + value, 0),
  };
}
