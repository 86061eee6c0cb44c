import type { TimeQuality } from '@oneface/common/events/event';
import type { CameraStateName } from '@oneface/common/health/health';
import type { OutboxState } from '../outbox/outbox.js';

/** Frames since this start of the agent. */
export interface FrameTotals {
  /** Frames that the source gave. */
  readonly captured: number;
  /** Frames that were looked at. */
  readonly analysed: number;
  /** Frames replaced by a newer one while another was in work. */
  readonly dropped: number;
  /** Frames that are no picture. */
  readonly unreadable: number;
  /** Times the source failed to give one. */
  readonly missed: number;
  readonly faces: number;
}

/** What the camera does, and since when. */
export interface CameraHealth {
  readonly state: CameraStateName;
  /** When it came to this state, in milliseconds of the monotonic clock. */
  readonly since: number;
  /** How often it came to each state; one that is left out never was. */
  readonly counts: Readonly<Partial<Record<CameraStateName, number>>>;
  /** Times its program or connection had to be started again. */
  readonly restarts: number;
}

export interface BrokerHealth {
  readonly connected: boolean;
  /** Attempts to connect since this start of the agent. */
  readonly session: number;
  /** Whether another client seems to use the same client id. */
  readonly sharedId: boolean;
}

export interface ClockHealth {
  readonly quality: TimeQuality;
  /** Times the wall clock jumped since this start of the agent. */
  readonly jumps: number;
}

export interface WatchdogHealth {
  /** Whether a service manager waits for pings. */
  readonly enabled: boolean;
  /** Pings that were not sent because the agent was stuck. */
  readonly withheld: number;
}

/** Where the figures come from. They are asked when somebody wants to know, not told all the time. */
export interface HealthSources {
  readonly frames: () => FrameTotals;
  readonly camera: () => CameraHealth;
  readonly outbox: () => OutboxState;
  readonly broker: () => BrokerHealth;
  readonly time: () => ClockHealth;
  readonly watchdog: () => WatchdogHealth;
  /** Of the processor in degrees Celsius; undefined where it cannot be read. */
  readonly temperature: () => Promise<number | undefined>;
  /** Resident memory of the agent. */
  readonly residentBytes: () => number;
}

/** What does not change while the agent runs. */
export interface AgentFacts {
  readonly device: string;
  readonly site?: string | undefined;
  /** 32 hex digits. */
  readonly boot: string;
  /** Of the agent. */
  readonly version: string;
  /** SHA-256 of the model file. */
  readonly model: string;
  /** Starts of the agent since its state folder was made, this one included. */
  readonly starts: number;
}
