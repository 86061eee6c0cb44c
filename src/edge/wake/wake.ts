import type { Raster } from '@oneface/common/images/raster';
import type { Clock } from '../clock/clock.js';
import { createMotionDetector, type MotionDetector } from './motion-detector.js';
import type { WakeOptions } from './wake-options.js';

/** Calls the listener whenever a sensor or a button says that somebody is there; gives the way to end that. */
export type Triggers = (listener: () => void) => () => void;

export interface WakeDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Sensors and buttons that wake the agent in every mode but `always`; none if left out. */
  readonly triggers?: Triggers;
}

/**
 * How frames are taken. `awake`: often, and all are looked at. `alert`: often, but only for motion, since
 * the last one may have moved. `idle`: seldom, and only for motion.
 */
export type WakeState = 'awake' | 'alert' | 'idle';

/** Says whether frames are to be looked at. */
export interface Wake {
  readonly state: WakeState;
  /** Takes a small picture of a frame that came while not awake. Returns whether it woke the agent. */
  glance(picture: Raster): boolean;
  /** A frame that was looked at shows a face: stay awake. */
  faceSeen(): void;
  /** Lets go of the triggers. */
  close(): void;
}

/**
 * Makes the wake logic. It starts awake, for somebody may stand there already.
 *
 * @param onTrigger called when a trigger came, so that a sleep between frames can end
 */
export function createWake(options: WakeOptions, deps: WakeDeps, onTrigger: () => void): Wake {
  if (options.mode === 'always') {
    return { state: 'awake', glance: () => true, faceSeen: () => {}, close: () => {} };
  }
  const detector = options.mode === 'motion' ? createMotionDetector(options.sensitivity) : undefined;
  const wake = new SensitiveWake(options.awakeSeconds * 1000, detector, deps.clock);
  const release = deps.triggers?.(() => {
    wake.wakeUp();
    onTrigger();
  });
  return {
    get state() {
      return wake.state();
    },
    glance: (picture) => wake.glance(picture),
    faceSeen: () => wake.wakeUp(),
    close: () => release?.(),
  };
}

class SensitiveWake {
  readonly #awakeFor: number;
  readonly #detector: MotionDetector | undefined;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #awakeUntil: number;
  #alert = false;

  constructor(awakeFor: number, detector: MotionDetector | undefined, clock: Pick<Clock, 'monotonic'>) {
    this.#awakeFor = awakeFor;
    this.#detector = detector;
    this.#clock = clock;
    this.#awakeUntil = clock.monotonic() + awakeFor;
  }

  state(): WakeState {
    if (this.#clock.monotonic() < this.#awakeUntil) return 'awake';
    return this.#alert ? 'alert' : 'idle';
  }

  /** The scene after waking is compared with nothing from before it: it may have changed for good. */
  wakeUp(): void {
    this.#awakeUntil = this.#clock.monotonic() + this.#awakeFor;
    this.#alert = false;
    this.#detector?.reset();
  }

  glance(picture: Raster): boolean {
    const motion = this.#detector?.look(picture) ?? 'none';
    this.#alert = motion === 'perhaps';
    if (motion === 'moving') this.wakeUp();
    return this.state() === 'awake';
  }
}
