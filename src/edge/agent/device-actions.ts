import { UnavailableError } from '@oneface/common/errors/errors';
import type { FrameLoop } from '../capture/frame-loop.js';
import type { CommandActions, CommandResult } from '../commands/actions.js';
import type { Light } from '../gpio/light.js';

/** The parts of the agent that commands act on. */
export interface DeviceParts {
  readonly loop: Pick<FrameLoop, 'captureNow'>;
  /** Publishes a health message. */
  readonly sendHealth: () => Promise<void>;
  readonly diagnose: (signal: AbortSignal) => Promise<CommandResult>;
  /** Makes the agent end in order. */
  readonly restart: () => void;
  /** Undefined on a device without one. */
  readonly light: Pick<Light, 'blink'> | undefined;
}

/** What commands do on this device. */
export function createDeviceActions(parts: DeviceParts): CommandActions {
  const { loop, sendHealth, diagnose, restart, light } = parts;
  return {
    async capture() {
      const { facts, analysis } = await loop.captureNow();
      const { width, height, faces, reason } = analysis;
      return {
        frame: { number: facts.number, width, height },
        faces: faces.length,
        ...(reason !== undefined && { reason }),
      };
    },
    sendHealth,
    diagnose,
    restart,
    async identify(seconds) {
      if (light === undefined) throw new UnavailableError('The device has no light');
      await light.blink(seconds);
    },
  };
}
