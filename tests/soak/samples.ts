import type { Sample } from '../../deploy/soak/sample.js';

/** A sample of a soak in which all is well. */
export function sampleAt(seconds: number, changes: Partial<Sample> = {}): Sample {
  return {
    seconds,
    life: 1,
    residentMib: 90,
    processorPercent: 20,
    queueMessages: 1,
    queueBytes: 3000,
    connected: true,
    status: 'online',
    camera: 'online',
    events: seconds * 10,
    repeats: 0,
    eventsPerSecond: 10,
    latencyP50: 0.03,
    latencyP95: 0.06,
    faults: [],
    ...changes,
  };
}
