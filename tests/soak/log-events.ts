/** What may be different from one event to the next. */
export interface EventFields {
  readonly sequence: number;
  readonly boot?: number;
  readonly log?: number;
  readonly kept?: boolean;
  readonly frame?: number;
  readonly time?: string;
  readonly historical?: true;
  readonly find?: number;
}

/** An event of a frame without a face, as it comes from the broker. */
export function payload({
  sequence,
  boot = 1,
  log = 1,
  kept = true,
  frame,
  time,
  historical,
  find,
}: EventFields) {
  return JSON.stringify({
    kind: 'no-face',
    schemaVersion: 2,
    device: 'soak-door',
    boot: String(boot).padStart(32, '0'),
    log: { id: String(log).padStart(32, '0'), kept },
    sequence,
    ...(historical && { historical }),
    time: time ?? '2026-03-01T12:30:00.000Z',
    timeQuality: 'unknown',
    frame: { number: frame ?? sequence, width: 640, height: 480, faces: 0 },
    model: { digest: 'ab'.repeat(32), classSet: 'face-10' },
    timings: { decode: 2, find: find ?? 10 },
    reason: 'nothing-found',
  });
}
