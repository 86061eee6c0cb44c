import { TOPIC_ROOT } from '@oneface/common/topics/topics';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { CommandProperties, SendOptions } from './broker.js';

/** Commands whose sender waits for an answer of his own; the oldest is forgotten for a new one. */
const MOST_REQUESTS = 64;
/** A longer payload is no command, so there will be no answer with its id. */
const LONGEST_REQUEST = 8192;
/** States after which no answer follows. */
const LAST_STATES: readonly unknown[] = ['successful', 'failed'];

/** A message beside those of the outbox. */
export interface Answer {
  readonly message: OutgoingMessage;
  readonly options: SendOptions;
}

/**
 * Remembers who wants the replies to a command at a topic of his own (the response topic of MQTT 5). Every
 * reply goes to the device's `replies` topic, over the outbox. A copy goes to the response topic when that
 * one is delivered; if the copy is lost, it is not sent again.
 */
export class Requests {
  readonly #open = new Map<string, CommandProperties>();

  /** A command came. */
  note(payload: Uint8Array, properties: CommandProperties): void {
    const { responseTopic, retain } = properties;
    if (responseTopic === undefined || !mayAnswerAt(responseTopic) || retain) return;
    if (payload.length > LONGEST_REQUEST) return;
    const { id } = fieldsOf(Buffer.from(payload).toString('utf8'));
    if (typeof id !== 'string') return;
    this.#open.delete(id);
    this.#open.set(id, properties);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_REQUESTS) this.#open.delete(oldest);
  }

  /** The copy of a reply for the sender of its command, if he wants one. */
  answer(reply: string): Answer | undefined {
    if (this.#open.size === 0) return undefined;
    const { id, state } = fieldsOf(reply);
    if (typeof id !== 'string') return undefined;
    const request = this.#open.get(id);
    if (request?.responseTopic === undefined) return undefined;
    if (LAST_STATES.includes(state)) this.#open.delete(id);
    return {
      message: { topic: request.responseTopic, payload: reply },
      options: { retain: false, correlationData: request.correlationData },
    };
  }
}

/**
 * Whether a device answers at a topic. Whoever may command it must not be able to speak through it as
 * another device, or in a name of the broker's own.
 */
function mayAnswerAt(topic: string): boolean {
  return topic !== '' && !/^\$|[+#\0]/.test(topic) && topic.split('/')[0] !== TOPIC_ROOT;
}

function fieldsOf(json: string): { readonly id?: unknown; readonly state?: unknown } {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    // Whoever takes the command complains about it.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
