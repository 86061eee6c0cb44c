import type { LoadedBundle } from '../bundles/load-bundle.js';
import type { Clock } from '../clock/clock.js';
import type { HealthSources } from '../health/health-sources.js';
import type { Check } from './diagnose.js';
import { clockCheck, diskCheck, memoryCheck, temperatureCheck } from './machine-checks.js';
import { cameraStateCheck, connectionCheck, modelCheck } from './part-checks.js';

/** What is checked, in this order. */
export type CheckName = 'camera' | 'model' | 'clock' | 'disk' | 'memory' | 'temperature' | 'connection';

/** What the checks of a running agent look at. */
export interface AgentCheckParts {
  readonly sources: HealthSources;
  readonly clock: Clock;
  /** The state folder. */
  readonly state: string;
  /** Loads the agent's bundle anew. */
  readonly load: () => Promise<LoadedBundle>;
  /** Bytes of memory that a process can still have. */
  readonly availableMemory: () => number;
}

/** The checks behind the command "diagnose". The camera is not asked for a picture: the agent has it. */
export function agentChecks(parts: AgentCheckParts): Record<CheckName, Check> {
  const { sources, clock, state, load, availableMemory } = parts;
  return {
    camera: cameraStateCheck(sources.camera, clock),
    model: modelCheck(load),
    clock: clockCheck(sources.time, clock.now),
    disk: diskCheck(state, sources.outbox),
    memory: memoryCheck(sources.residentBytes, availableMemory),
    temperature: temperatureCheck(sources.temperature),
    connection: connectionCheck(sources.broker),
  };
}
