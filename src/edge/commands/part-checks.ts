import { UnavailableError } from '@oneface/common/errors/errors';
import type { LoadedBundle } from '../bundles/load-bundle.js';
import type { Clock } from '../clock/clock.js';
import type { Frame, FrameSource } from '../frames/frame-source.js';
import type { BrokerHealth, CameraHealth } from '../health/health-sources.js';
import type { Check } from './diagnose.js';

/** The camera as the running agent knows it. */
export function cameraStateCheck(camera: () => CameraHealth, clock: Pick<Clock, 'monotonic'>): Check {
  return async () => {
    const { state, since, restarts } = camera();
    const seconds = Math.round((clock.monotonic() - since) / 1000);
    return { ok: state === 'online', detail: `${state} for ${seconds} s, started again ${restarts} times` };
  };
}

/**
 * The camera by taking a picture, where no agent runs that has it.
 *
 * @param open the frame source of the configuration; closed again whatever comes
 * @param decode throws an OnefaceError for bytes that are no picture
 */
export function cameraFrameCheck(
  open: () => Promise<FrameSource>,
  decode: (frame: Frame) => Promise<{ readonly width: number; readonly height: number }>,
): Check {
  return async (signal) => {
    const source = await open();
    try {
      const frame = await source.next(signal);
      if (frame === undefined) throw new UnavailableError(`${source.name} gives no picture`);
      const { width, height } = await decode(frame);
      return { ok: true, detail: `${source.name} gives pictures of ${width}x${height}` };
    } finally {
      await source.close();
    }
  };
}

/**
 * Whether the bundle on the disk is whole, signed, and gives its golden outputs on this processor now.
 *
 * @param load reads the bundle anew, and proves it
 */
export function modelCheck(
  load: () => Promise<Pick<LoadedBundle, 'card' | 'modelDigest' | 'segmenter'>>,
): Check {
  return async () => {
    const { card, modelDigest, segmenter } = await load();
    await segmenter.close();
    return { ok: true, detail: `${card.name} (${modelDigest.slice(0, 12)}) gives its golden outputs` };
  };
}

/** The connection as the running agent knows it. */
export function connectionCheck(broker: () => BrokerHealth): Check {
  return async () => {
    const { connected, session, sharedId } = broker();
    const shared = sharedId ? ', another client seems to use the same id' : '';
    const detail = `${connected ? 'connected' : 'not connected'}, attempt ${session}${shared}`;
    return { ok: connected && !sharedId, detail };
  };
}

/** A connection that was opened to see whether it can be. */
export interface TrialConnection {
  end(): void;
  /** What was odd about it. */
  readonly note?: string | undefined;
}

/**
 * Whether the broker can be reached and is who it should be, where no agent runs that is connected.
 *
 * @param open connects and checks the broker's certificate
 */
export function brokerCheck(url: string, open: (signal: AbortSignal) => Promise<TrialConnection>): Check {
  return async (signal) => {
    const connection = await open(signal).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UnavailableError(`${url} cannot be reached: ${reason}`, { cause });
    });
    connection.end();
    const { note } = connection;
    return { ok: true, detail: `${url} answers${note === undefined ? '' : `, ${note}`}` };
  };
}
