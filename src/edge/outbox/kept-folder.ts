import type { MessageNumbers } from './adds.js';
import { KeptSide } from './kept-side.js';
import { KeptStore, type StoreParts } from './kept-store.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS } from './outbox.js';
import type { DiskBounds } from './reclaim.js';
import type { WaitingMessages } from './waiting-messages.js';

export interface KeptFolderParts extends StoreParts {
  readonly bounds: DiskBounds;
  readonly numbers: MessageNumbers;
  readonly waiting: WaitingMessages;
}

/** The outbox's folder, whether or not its disk works at present. */
export class KeptFolder {
  readonly #parts: KeptFolderParts;
  #side: KeptSide | undefined;
  #works = false;

  constructor(parts: KeptFolderParts) {
    this.#parts = parts;
  }

  /** What is kept in the folder; undefined until it could be read. */
  get side(): KeptSide | undefined {
    return this.#side;
  }

  /** The same, while the disk can be written as far as is known. */
  get workingSide(): KeptSide | undefined {
    return this.#works ? this.#side : undefined;
  }

  /**
   * Opens the folder, or takes it up again after its disk has failed.
   *
   * @throws FolderTakenError when another process has it; the system's error when the disk does not work
   */
  async takeUp(): Promise<void> {
    if (this.#side !== undefined && !(await this.#side.store.isSameFolder())) await this.#leave(this.#side);
    this.#side ??= await this.#open();
    await this.#side.begin();
    this.#works = true;
    this.#parts.waiting.diskReadable = true;
    this.#parts.log.info('outbox keeps messages on disk', { ...this.#side.store.head });
  }

  /** The disk has failed. */
  putDown(): void {
    this.#works = false;
  }

  async close(): Promise<void> {
    await this.#side?.store.close();
  }

  async #open(): Promise<KeptSide> {
    const { numbers, waiting, bounds, log } = this.#parts;
    const { store, backlog } = await KeptStore.open(this.#parts, numbers.next);
    numbers.next = store.nextNumber;
    fillTimes(backlog);
    for (const entry of backlog) waiting.push(entry, undefined);
    return new KeptSide({ store, numbers, waiting, bounds, log });
  }

  /** The path leads elsewhere now: what was kept in the folder is out of reach. */
  async #leave(side: KeptSide): Promise<void> {
    const { waiting, log } = this.#parts;
    this.#side = undefined;
    let messages = 0;
    for (const kind of MESSAGE_KINDS) {
      for (const entry of waiting.onDisk[kind]) {
        waiting.drop(entry);
        messages += 1;
      }
    }
    log.error('outbox folder is gone, and its messages with it', { messages });
    await side.store.close();
  }
}

/** A message of unknown time was added before the next one: it is at least as old. */
function fillTimes(backlog: readonly Entry[]): void {
  let next = 0;
  for (const entry of backlog.toReversed()) {
    if (entry.time === 0) entry.time = next;
    next = entry.time;
  }
}
