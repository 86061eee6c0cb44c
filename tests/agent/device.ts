import { join } from 'node:path';
import type { Command } from '@oneface/common/commands/command';
import { parseReply } from '@oneface/common/commands/parse';
import type { Reply } from '@oneface/common/commands/reply';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import { parseHealth } from '@oneface/common/health/parse';
import type { ExecutionContext } from 'ava';
import { connectAsync } from 'mqtt';
import { type Observer, observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type AgentMaterial, writeAgentConfig } from './agent-config.js';
import { type Running, type Runtime, startProgramIn } from './program.js';
import { PLAIN } from './runtimes.js';

/** How a command begins. */
export const head = (id: string) => ({ schemaVersion: 1 as const, id });

/** What a device is made of. */
export interface DeviceParts {
  /** Of all devices at one broker no two may have the same name. */
  readonly name: string;
  readonly material: AgentMaterial;
  /** Where its broker is or will be. */
  readonly port: number;
  /** What its configuration has beside or instead of what `writeAgentConfig` writes. */
  readonly changes?: { readonly site?: string; readonly [setting: string]: unknown };
}

/** A device on whose folder the real agent can be started again and again, and what it says to its broker. */
export class Device {
  readonly folder: string;
  readonly #t: ExecutionContext;
  readonly #parts: DeviceParts;
  #observer: Observer | undefined;

  private constructor(t: ExecutionContext, parts: DeviceParts, folder: string) {
    this.#t = t;
    this.#parts = parts;
    this.folder = folder;
  }

  static async make(t: ExecutionContext, parts: DeviceParts): Promise<Device> {
    const folder = await temporaryFolder(t);
    const { name, material, port, changes } = parts;
    const mqtt = { url: `mqtt://127.0.0.1:${port}` };
    await writeAgentConfig(folder, material, { device: name, mqtt, ...changes });
    return new Device(t, parts, folder);
  }

  /** Begins to listen at the broker, which must be there. */
  async observe(): Promise<this> {
    const { port } = this.#parts;
    const observer = await observe(port, `${this.#root}/#`, 5);
    this.#t.teardown(() => observer.close());
    this.#observer = observer;
    return this;
  }

  /** Starts the agent. */
  launch(runtime: Runtime = PLAIN): Running {
    return startProgramIn(runtime, this.#t, 'run', '--config', join(this.folder, 'config.json'));
  }

  /** Starts the agent and waits for its birth message, which comes after it listens to commands. */
  async start(runtime: Runtime = PLAIN): Promise<Running> {
    const births = () => this.statuses.filter(({ state }) => state === 'online').length;
    const before = births();
    const agent = this.launch(runtime);
    await this.until(() => births() > before, agent);
    return agent;
  }

  /** Waits until something has come from the device; fails with the agent's log when it ends before. */
  async until(isSo: () => boolean, agent?: Running): Promise<void> {
    const come = this.observer.until(isSo);
    if (agent === undefined) return void (await come);
    // It is awaited below unless the agent fails first.
    come.catch(() => {});
    const gone = agent.ended.then(({ code, stderr }) => {
      if (!isSo()) throw new Error(`The agent has ended with ${code}:\n${stderr}`);
    });
    await Promise.race([come, gone]);
  }

  async send(payload: string): Promise<void> {
    const client = await connectAsync(`mqtt://127.0.0.1:${this.#parts.port}`);
    await client.publishAsync(`${this.#root}/commands`, payload, { qos: 1 });
    await client.endAsync();
  }

  async command(command: Command): Promise<Reply> {
    await this.send(JSON.stringify(command));
    return this.final(command.id);
  }

  /** Waits for the last answer to a command. */
  async final(id: string): Promise<Reply> {
    const isFinal = (reply: Reply) =>
      'id' in reply && reply.id === id && ['successful', 'failed'].includes(reply.state);
    await this.observer.until(() => this.replies.some(isFinal));
    return this.replies.findLast(isFinal) as Reply;
  }

  get observer(): Observer {
    if (this.#observer === undefined) throw new Error('Nobody listens at the broker yet');
    return this.#observer;
  }

  get replies() {
    return this.#payloads('replies').map(parseReply);
  }

  get events() {
    return this.#payloads('events').map(parseEvent);
  }

  get statuses() {
    return this.#payloads('status').map(parseStatus);
  }

  get health() {
    return this.#payloads('health').map(parseHealth);
  }

  get #root(): string {
    const { name, changes } = this.#parts;
    return ['oneface', changes?.site, name].filter(Boolean).join('/');
  }

  #payloads(channel: string): string[] {
    return this.observer.received
      .filter(({ topic }) => topic === `${this.#root}/${channel}`)
      .map(({ payload }) => payload);
  }
}

/** Ends an agent in order, and expects that it does. */
export async function stopInOrder(t: ExecutionContext, agent: Running): Promise<void> {
  agent.child.kill('SIGTERM');
  const { code, stderr } = await agent.ended;
  t.is(code, 0, stderr);
}
