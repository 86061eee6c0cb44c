import type { Sample } from './sample.js';

const SECONDS_PER_MINUTE = 60;

/**
 * One line for people about how it stands.
 *
 * @param minutes of the whole soak
 */
export function progressLine(sample: Sample, minutes: number): string {
  const left = Math.max(0, minutes * SECONDS_PER_MINUTE - sample.seconds);
  const parts = [
    `${clock(sample.seconds)} of ${clock(minutes * SECONDS_PER_MINUTE)}, ${clock(left)} left`,
    `${sample.events} events, ${sample.repeats} repeats, ${sample.eventsPerSecond.toFixed(1)}/s`,
    `${sample.queueMessages ?? '-'} waiting`,
    `${sample.residentMib?.toFixed(0) ?? '-'} MiB`,
    connection(sample),
    ...(sample.faults.length > 0 ? [sample.faults.join(' ')] : []),
  ];
  return parts.join(' | ');
}

function connection({ connected, camera }: Sample): string {
  if (connected === undefined) return 'agent does not answer';
  return `${connected ? 'connected' : 'not connected'}, camera ${camera}`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / SECONDS_PER_MINUTE)}:${String(whole % SECONDS_PER_MINUTE).padStart(2, '0')}`;
}
