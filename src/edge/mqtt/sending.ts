import type { OutgoingMessage, QueuedMessage } from '../outbox/outbox.js';
import type { SendOptions } from './broker.js';

/**
 * Seconds after which a broker of MQTT 5 forgets a health message, so that nobody takes the last one of a
 * device that is long gone for news. Events and replies do not expire.
 */
const HEALTH_EXPIRY_SECONDS = 3600;

/** How a message goes out. */
export interface Sending {
  readonly message: OutgoingMessage;
  readonly options: SendOptions;
}

/**
 * Says how a message of the outbox goes out in a session.
 *
 * Events and health messages from before the session, or from an earlier run, are flagged `historical`. Such
 * a health message is not retained, as it would take the place of a newer one.
 *
 * @param sessionStart in milliseconds of the monotonic clock
 */
export function toSending(queued: QueuedMessage, sessionStart: number): Sending {
  const { topic, payload, kind, addedAt, retain = false } = queued;
  const historical = kind !== 'reply' && (addedAt === undefined || addedAt < sessionStart);
  return {
    message: { topic, payload: historical ? markHistorical(payload) : payload },
    options: {
      retain: retain && !historical,
      ...(kind === 'health' && { expirySeconds: HEALTH_EXPIRY_SECONDS }),
    },
  };
}

/** @param payload one JSON object with at least one field, as `JSON.stringify` writes it */
function markHistorical(payload: string): string {
  return `{"historical":true,${payload.slice(1)}`;
}
