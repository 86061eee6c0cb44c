import { loadBundle } from '../bundles/load-bundle.js';
import type { Clock } from '../clock/clock.js';
import type { TimeKeeper } from '../clock/time-keeper.js';
import type { AgentConfig } from '../config/schema.js';
import { type FrameSourceDeps, openFrameSource } from '../frames/open-frame-source.js';
import { readTemperature } from '../health/temperature.js';
import { decodeFrame } from '../images/decode-frame.js';
import { brokerOptions } from '../mqtt/broker-options.js';
import { openTransport } from '../mqtt/transport.js';
import type { CheckName } from './agent-checks.js';
import type { Check } from './diagnose.js';
import { clockCheck, diskCheck, memoryCheck, temperatureCheck } from './machine-checks.js';
import { brokerCheck, cameraFrameCheck, modelCheck } from './part-checks.js';

/** What the checks look at where no agent runs. */
export interface StandaloneCheckParts {
  readonly config: AgentConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly time: Pick<TimeKeeper, 'quality' | 'jumps' | 'certificateTime'>;
  readonly frames: FrameSourceDeps;
  /** Resident memory of this process, in bytes. */
  readonly residentBytes: () => number;
  /** Bytes of memory that a process can still have. */
  readonly availableMemory: () => number;
}

/**
 * The checks behind `oneface-edge diagnose`: each part is tried for itself. A camera that a running agent
 * holds cannot be opened a second time, and says so. The broker is reached but not logged in to: that would
 * cut the agent off, which has the same client id.
 */
export function standaloneChecks(parts: StandaloneCheckParts): Record<CheckName, Check> {
  const { config, env, clock, time, frames, residentBytes, availableMemory } = parts;
  const { source, bundle, trustedKeys, mqtt, state } = config;
  return {
    camera: cameraFrameCheck(
      () => openFrameSource(source, frames),
      ({ bytes, name }) => decodeFrame(bytes, name),
    ),
    model: modelCheck(() => loadBundle(bundle, trustedKeys)),
    clock: clockCheck(() => ({ quality: time.quality(), jumps: time.jumps }), clock.now),
    disk: diskCheck(state),
    memory: memoryCheck(residentBytes, availableMemory),
    temperature: temperatureCheck(() => readTemperature()),
    connection: brokerCheck(mqtt.url, async (signal) => {
      const { url, tls } = await brokerOptions(mqtt, config, env, time);
      let note: string | undefined;
      const onOtherTime = (at: number) => {
        note = `its certificate is good only by the last good time, ${new Date(at).toISOString()}`;
      };
      const socket = await openTransport(url, tls, onOtherTime, signal);
      return { end: () => socket.destroy(), note };
    }),
  };
}
