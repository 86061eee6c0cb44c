import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { validateReply } from '@oneface/common/commands/parse';
import type { Reply } from '@oneface/common/commands/reply';
import type { TimeQuality } from '@oneface/common/events/event';
import { sleep } from '@oneface/edge/clock/sleep';
import type { CommandActions } from '@oneface/edge/commands/actions';
import {
  type CommandHandler,
  type CommandHandlerParts,
  createCommandHandler,
} from '@oneface/edge/commands/command-handler';
import { openCommandJournal } from '@oneface/edge/commands/journal';
import { OverrideStore } from '@oneface/edge/config/override-store';
import type { AgentConfig } from '@oneface/edge/config/schema';
import { createSettings, currentConfig, type Settings } from '@oneface/edge/config/settings';
import type { ReplaceStateFile } from '@oneface/edge/files/state-file';
import type { Logger } from '@oneface/edge/logging/logger';
import type { ExecutionContext } from 'ava';

/** A configuration file without anything that has a default. */
export const CONFIG = {
  device: 'door-1',
  site: 'lobby',
  source: { kind: 'folder', path: 'photos' },
  bundle: 'face.oneface',
  trustedKeys: ['key.pem'],
  mqtt: { url: 'mqtt://broker.example' },
};

/** Collects replies, and waits for them. */
export class Replies {
  readonly all: Reply[] = [];
  readonly topics = new Set<string>();
  #waiting: (() => void)[] = [];

  add(topic: string, payload: string): void {
    this.topics.add(topic);
    this.all.push(validateReply(JSON.parse(payload)));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  }

  /** The states of the replies about a command. */
  states(id: string): string[] {
    return this.all.filter((reply) => 'id' in reply && reply.id === id).map(({ state }) => state);
  }

  /** Waits for the final answer to a command; one before it was accepted does not count. */
  async final(id: string): Promise<Reply> {
    for (;;) {
      const own = this.all.filter((reply) => 'id' in reply && reply.id === id);
      const accepted = own.findIndex(({ state }) => state === 'accepted');
      const reply = own.slice(accepted + 1).find(({ state }) => state === 'successful' || state === 'failed');
      if (reply !== undefined) return reply;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Why the last reply says that a command was refused or failed. */
  get lastError(): string | undefined {
    const last = this.all.at(-1);
    return last !== undefined && 'error' in last ? last.error.code : undefined;
  }
}

/** Log lines without their fields. */
export class Lines implements Logger {
  readonly all: string[] = [];
  readonly #add = (message: string) => void this.all.push(message);
  readonly debug = this.#add;
  readonly info = this.#add;
  readonly warn = this.#add;
  readonly error = this.#add;
}

/** One run of the part of the agent that commands are about. */
export interface Rig {
  readonly handler: CommandHandler;
  readonly replies: Replies;
  readonly lines: Lines;
  /** What actions were called, in order. */
  readonly calls: string[];
  readonly settings: Settings;
  readonly config: AgentConfig;
  /** Sends a command that is given as JSON or as bytes. */
  send(command: object | Uint8Array, retain?: boolean): Promise<void>;
}

export interface RigOptions {
  readonly actions?: Partial<CommandActions>;
  readonly parts?: Partial<CommandHandlerParts>;
  readonly replace?: ReplaceStateFile;
  readonly quality?: TimeQuality;
  /** Wall clock. */
  readonly now?: () => number;
  readonly monotonic?: () => number;
  /** Whether the agent comes up with its configuration; false leaves the handler as it is before that. */
  readonly up?: (config: AgentConfig) => boolean;
}

/** Starts a run over a state folder, as the agent does. Several after one another are restarts. */
export async function startRig(folder: string, options: RigOptions = {}): Promise<Rig> {
  const { quality = 'synchronised', now = Date.now, monotonic = () => performance.now(), replace } = options;
  const replies = new Replies();
  const lines = new Lines();
  const calls: string[] = [];
  const store = await OverrideStore.open(join(folder, 'overrides.json'), lines, replace);
  await store.beginStart();
  const settings = createSettings(CONFIG, folder, store);
  const config = await currentConfig(settings, lines);
  const journal = await openCommandJournal(join(folder, 'commands.json'), lines, replace);
  const handler = createCommandHandler({
    identity: { device: 'door-1', site: 'lobby' },
    boot: randomUUID().replaceAll('-', ''),
    journal,
    actions: {
      capture: async () => {
        calls.push('capture');
        return { faces: 1 };
      },
      sendHealth: async () => void calls.push('send-health'),
      identify: async (seconds) => void calls.push(`identify ${seconds}`),
      diagnose: async () => {
        calls.push('diagnose');
        return { camera: { ok: true, detail: 'online' } };
      },
      restart: () => void calls.push('restart'),
      ...options.actions,
    },
    settings,
    reply: async ({ topic, payload }) => replies.add(topic, payload),
    fault: () => undefined,
    clock: { now, monotonic },
    sleep,
    timeQuality: () => quality,
    log: lines,
    ...options.parts,
  });
  if (options.up?.(config) ?? true) await handler.recover();
  return {
    handler,
    replies,
    lines,
    calls,
    settings,
    config,
    send: (command, retain = false) =>
      handler.handle(command instanceof Uint8Array ? command : Buffer.from(JSON.stringify(command)), {
        retain,
      }),
  };
}

let drawn = 0;

/** A command with an id of its own. */
export function command(name: string, fields: object = {}): { id: string; command: string } {
  drawn += 1;
  return { schemaVersion: 1, id: `command-${drawn}`, command: name, ...fields } as {
    id: string;
    command: string;
  };
}

/** A promise that is settled from outside. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** A run that the test leaves as a kill would: it answers nothing more. Its timers end with the test. */
export function killed(t: ExecutionContext, rig: Rig): Rig {
  t.teardown(() => rig.handler.close());
  return rig;
}
