/** How everything stands at one moment. What is not known is undefined. */
export interface Sample {
  /** Seconds from the start of the soak. */
  readonly seconds: number;
  /** Counts the lives of the agent from 1. */
  readonly life: number;
  readonly residentMib: number | undefined;
  /** Of one core. */
  readonly processorPercent: number | undefined;
  readonly queueMessages: number | undefined;
  readonly queueBytes: number | undefined;
  /** What the agent says of its connection, and the retained status. */
  readonly connected: boolean | undefined;
  readonly status: string | undefined;
  readonly camera: string | undefined;
  /** Different events so far, and arrivals of events that were there already. */
  readonly events: number;
  readonly repeats: number;
  /** Different events a second since the sample before. */
  readonly eventsPerSecond: number;
  /** From frame to arrival over those events, in seconds. */
  readonly latencyP50: number | undefined;
  readonly latencyP95: number | undefined;
  /** Faults in force, by kind. */
  readonly faults: readonly string[];
}

export const SAMPLE_COLUMNS = [
  'seconds',
  'life',
  'residentMib',
  'processorPercent',
  'queueMessages',
  'queueBytes',
  'connected',
  'status',
  'camera',
  'events',
  'repeats',
  'eventsPerSecond',
  'latencyP50',
  'latencyP95',
  'faults',
] as const satisfies readonly (keyof Sample)[];

const DIGITS = 3;

/** The sample as a line of CSV, in the order of `SAMPLE_COLUMNS`; what is not known is empty. */
export function csvLine(sample: Sample): string {
  return SAMPLE_COLUMNS.map((column) => field(sample[column])).join(',');
}

function field(value: Sample[keyof Sample]): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(' ');
  return typeof value === 'number' ? String(Number(value.toFixed(DIGITS))) : String(value);
}
