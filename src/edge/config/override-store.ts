import { CommandId } from '@oneface/common/commands/command';
import { UnavailableError } from '@oneface/common/errors/errors';
import { CLOSED } from '@oneface/common/events/fields';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Static, Type } from '@sinclair/typebox';
import { createStateFile, type ReplaceStateFile, type StateFile } from '../files/state-file.js';
import type { Logger } from '../logging/logger.js';
import type { Overrides } from './overrides.js';

/** After this many starts that did not come to a confirmation the old values are taken again. */
export const MOST_PROBATION_STARTS = 2;

const Values = Type.Record(Type.String(), Type.Unknown());

const OverrideFile = Type.Object(
  {
    version: Type.Literal(1),
    /** Values that the agent is known to run with. */
    confirmed: Values,
    /** All values that a command asks for, and how often the agent was started with them. */
    probation: Type.Optional(
      Type.Object({ id: CommandId, values: Values, starts: Type.Integer({ minimum: 0 }) }, CLOSED),
    ),
    /** How the last probation ended; its command may not have been answered yet. */
    settled: Type.Optional(
      Type.Union([
        Type.Object({ id: CommandId, outcome: Type.Literal('confirmed') }, CLOSED),
        Type.Object({ id: CommandId, outcome: Type.Literal('rolled-back'), reason: Type.String() }, CLOSED),
      ]),
    ),
  },
  CLOSED,
);
type OverrideFile = Static<typeof OverrideFile>;

/** What became of the values that a command asked for; 'unknown': they were never kept. */
export type OverrideFate =
  | { readonly outcome: 'on-probation' | 'confirmed' | 'unknown' }
  | { readonly outcome: 'rolled-back'; readonly reason: string };

/**
 * Keeps values that were set by command in the state folder.
 *
 * New values are on probation first: the agent starts again with them, and they stay only when it says that
 * it is well. Otherwise the old ones come back. Whenever the process is killed, the next start finds either
 * the old or the new values.
 */
export class OverrideStore {
  readonly #file: StateFile<OverrideFile>;
  readonly #log: Logger;
  #state: OverrideFile;
  #inUse: Overrides;
  #trying = false;

  private constructor(file: StateFile<OverrideFile>, state: OverrideFile, log: Logger) {
    this.#file = file;
    this.#state = state;
    this.#inUse = state.confirmed;
    this.#log = log;
  }

  /**
   * Reads the file, and changes nothing. A damaged one is set aside: the configuration file alone counts.
   *
   * @param path of the file; its folder must be there before the first write
   * @param replace how the file is replaced, for tests
   */
  static async open(path: string, log: Logger, replace?: ReplaceStateFile): Promise<OverrideStore> {
    const file = createStateFile(path, compileValidator(OverrideFile, 'the overrides'), log, replace);
    return new OverrideStore(file, (await file.read()) ?? { version: 1, confirmed: {} }, log);
  }

  /** The values that this run goes by; those on probation only after `beginStart`. */
  get inUse(): Overrides {
    return this.#inUse;
  }

  /** The values that last proved to be good. */
  get confirmed(): Overrides {
    return this.#state.confirmed;
  }

  /** The command whose values are on probation, be it in this run or from the next start on. */
  get onProbation(): string | undefined {
    return this.#state.probation?.id;
  }

  /** Whether this run tries values that are on probation. */
  get trying(): boolean {
    return this.#trying;
  }

  /**
   * Counts a start of the agent and decides which values it goes by. Call it once, before anything that the
   * values could break. A start that cannot be counted goes by the old values, as it could not be told from
   * the one before.
   */
  async beginStart(): Promise<void> {
    const { probation } = this.#state;
    if (probation === undefined) return;
    const { id, values, starts } = probation;
    try {
      if (starts >= MOST_PROBATION_STARTS) {
        this.#log.warn('new settings are taken back', { command: id, starts });
        return await this.rollBack(`the agent was started ${starts} times with it and did not come up`);
      }
      await this.#write({ ...this.#state, probation: { id, values, starts: starts + 1 } });
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      this.#log.error('new settings are not tried: the start cannot be counted', { error });
      return;
    }
    this.#log.info('new settings are tried', { command: id, start: starts + 1 });
    this.#inUse = values;
    this.#trying = true;
  }

  /**
   * Puts values on probation; the next start tries them. This run keeps its own.
   *
   * @param id of the command that asked for them
   * @throws UnavailableError when they cannot be kept; then nothing is changed
   */
  async stage(id: string, values: Overrides): Promise<void> {
    await this.#write({ version: 1, confirmed: this.#state.confirmed, probation: { id, values, starts: 0 } });
  }

  /**
   * Keeps values that make no difference to this run, without a probation.
   *
   * @throws UnavailableError when they cannot be kept; then nothing is changed
   */
  async keep(id: string, values: Overrides): Promise<void> {
    await this.#write({ version: 1, confirmed: values, settled: { id, outcome: 'confirmed' } });
    this.#inUse = values;
  }

  /**
   * The agent is well with the values on probation: they stay.
   *
   * @throws UnavailableError when that cannot be kept
   */
  async confirm(): Promise<void> {
    const { probation } = this.#state;
    if (probation === undefined) return;
    const { id, values } = probation;
    await this.#write({ version: 1, confirmed: values, settled: { id, outcome: 'confirmed' } });
    this.#trying = false;
  }

  /**
   * Drops the values on probation. What already goes by them needs a restart to be rid of them.
   *
   * @param reason why, for people
   * @throws UnavailableError when that cannot be kept; this run goes by the old values nevertheless
   */
  async rollBack(reason: string): Promise<void> {
    const { probation, confirmed } = this.#state;
    if (probation === undefined) return;
    const { id } = probation;
    this.#inUse = confirmed;
    this.#trying = false;
    await this.#write({ version: 1, confirmed, settled: { id, outcome: 'rolled-back', reason } });
  }

  /** This run goes by the configuration file alone: the confirmed values do not fit it. They stay kept. */
  passOver(): void {
    this.#inUse = {};
  }

  /** What became of the values that this command asked for. */
  fateOf(id: string): OverrideFate {
    const { probation, settled } = this.#state;
    if (probation?.id === id) return { outcome: 'on-probation' };
    return settled?.id === id ? settled : { outcome: 'unknown' };
  }

  async #write(state: OverrideFile): Promise<void> {
    await this.#file.write(state);
    this.#state = state;
  }
}
