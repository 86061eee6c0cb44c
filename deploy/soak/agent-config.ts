import { writeFile } from 'node:fs/promises';

/** Name of the device in the events. */
export const DEVICE = 'soak-door';

/** What the agent of a soak is told. All paths are absolute. */
export interface AgentSetting {
  readonly bundle: string;
  readonly trustedKey: string;
  /** The recording that stands for the camera. */
  readonly replay: string;
  readonly state: string;
  readonly brokerUrl: string;
  readonly metricsPort: number;
  readonly perSecond: number;
  /** How soon a dead line and a dead camera have to be noticed. */
  readonly keepaliveSeconds: number;
  readonly stallSeconds: number;
}

/** Writes the agent's configuration. */
export async function writeAgentConfig(file: string, setting: AgentSetting): Promise<void> {
  const { perSecond } = setting;
  const config = {
    device: DEVICE,
    source: {
      kind: 'stream',
      program: 'ffmpeg',
      device: `FILE:${setting.replay}`,
      width: 640,
      height: 480,
      perSecond,
      stallSeconds: setting.stallSeconds,
    },
    bundle: setting.bundle,
    trustedKeys: [setting.trustedKey],
    state: setting.state,
    mqtt: { url: setting.brokerUrl, version: 'auto', keepaliveSeconds: setting.keepaliveSeconds },
    frames: { perSecond },
    wake: { mode: 'always' },
    report: { mode: 'frames' },
    health: { everySeconds: 10, port: setting.metricsPort },
    // Roomy enough for all events of the longest pause: what the outbox drops for room would not be its fault.
    outbox: { maxBytes: 500_000_000, maxDays: 30 },
    log: { level: 'info', format: 'json' },
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
}
