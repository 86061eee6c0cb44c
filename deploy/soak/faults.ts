import type { Mosquitto } from './mosquitto.js';
import { pause } from './pause.js';
import { childrenOf, signal } from './processes.js';
import type { LineProxy } from './proxy.js';
import type { Fault, FaultKind, PlannedFault } from './schedule.js';
import type { Supervisor } from './supervisor.js';

const CAMERA_PROGRAM = 'ffmpeg';

/** What can be broken. */
export interface Victims {
  readonly broker: Mosquitto;
  readonly proxy: LineProxy;
  readonly supervisor: Supervisor;
}

/** A fault that was injected, in seconds from the start of the soak. */
export interface InjectedFault {
  readonly kind: FaultKind;
  readonly from: number;
  to?: number;
  /** Whether there was anything to break: a camera program may just be down. */
  readonly hit: boolean;
  readonly detail: string;
}

/** Breaks things at their time and mends them. */
export class FaultInjector {
  readonly injected: InjectedFault[] = [];
  readonly #victims: Victims;
  readonly #seconds: () => number;
  readonly #say: (text: string) => void;

  /**
   * @param seconds since the start of the soak
   * @param say takes a line for people
   */
  constructor(victims: Victims, seconds: () => number, say: (text: string) => void) {
    this.#victims = victims;
    this.#seconds = seconds;
    this.#say = say;
  }

  /** Kinds of the faults in force now, and of those since `since`. */
  active(since: number): FaultKind[] {
    return this.injected.filter(({ to }) => to === undefined || to >= since).map(({ kind }) => kind);
  }

  /** Injects the faults of one track one after another. What is broken when `signal` comes is mended first. */
  async run(track: readonly PlannedFault[], signal: AbortSignal): Promise<void> {
    for (const fault of track) {
      await pause(Math.max(0, fault.at - this.#seconds()) * 1000, signal);
      if (signal.aborted) return;
      const mend = await this.#inject(fault);
      await pause(fault.seconds * 1000, signal);
      await mend();
    }
  }

  async #inject(fault: Fault): Promise<() => Promise<void>> {
    const { kind, ...settings } = fault;
    const from = this.#seconds();
    const { hit, mend } = await this.#break(fault);
    const detail = JSON.stringify(settings);
    const injected: InjectedFault = { kind, from, hit, detail };
    this.injected.push(injected);
    this.#say(`fault ${kind} ${detail}${hit ? '' : ' (nothing to break)'}`);
    return async () => {
      await mend();
      injected.to = this.#seconds();
    };
  }

  async #break(fault: Fault): Promise<{ hit: boolean; mend: () => Promise<void> }> {
    const { broker, proxy, supervisor } = this.#victims;
    const nothing = async () => {};
    switch (fault.kind) {
      case 'broker-stop':
        await broker.stop();
        return { hit: true, mend: () => broker.resume() };
      case 'camera-kill':
        return { hit: this.#signalCamera('SIGKILL').length > 0, mend: nothing };
      case 'camera-stop': {
        const stopped = this.#signalCamera('SIGSTOP');
        return {
          hit: stopped.length > 0,
          mend: async () => {
            for (const pid of stopped) signal(pid, 'SIGCONT');
          },
        };
      }
      case 'agent-kill':
        return { hit: supervisor.kill(), mend: nothing };
      default: {
        const hit = proxy.connections > 0;
        await proxy.set(fault);
        return { hit, mend: () => proxy.set({ kind: 'pass' }) };
      }
    }
  }

  #signalCamera(name: NodeJS.Signals): number[] {
    const { pid } = this.#victims.supervisor;
    const cameras = pid === undefined ? [] : childrenOf(pid, CAMERA_PROGRAM);
    for (const camera of cameras) signal(camera, name);
    return cameras;
  }
}
