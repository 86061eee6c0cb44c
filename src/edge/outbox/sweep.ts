import type { Logger } from '../logging/logger.js';
import type { MessageAge } from './message-age.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS } from './outbox.js';
import type { WaitingMessages } from './waiting-messages.js';

/**
 * Drops what is too old.
 *
 * @param maxAge milliseconds
 * @param onDropped called for each message that was dropped
 */
export function sweep(
  waiting: WaitingMessages,
  age: MessageAge,
  maxAge: number,
  onDropped: (entry: Entry) => void,
  log: Logger,
): void {
  for (const kind of MESSAGE_KINDS) {
    let messages = 0;
    for (const queue of [waiting.onDisk[kind], waiting.inMemory[kind]]) {
      for (const entry of queue) {
        if (age.of(entry) <= maxAge) continue;
        waiting.drop(entry);
        onDropped(entry);
        messages += 1;
      }
    }
    if (messages > 0) log.warn('messages in the outbox are too old, dropped', { kind, messages });
  }
}
