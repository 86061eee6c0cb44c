import { validateStatus } from '@oneface/common/events/parse';
import { STATUS_SCHEMA_VERSION } from '@oneface/common/events/status';
import { topicOf } from '@oneface/common/topics/topics';
import type { Clock } from '../clock/clock.js';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { EventSource } from './event-factory.js';

/** The retained messages about the device itself; `session` counts the attempts to connect from 1. */
export interface StatusMessages {
  online(session: number): OutgoingMessage;
  offline(session: number, reason: 'stopped' | 'failed' | 'connection-lost'): OutgoingMessage;
}

/**
 * Makes the birth and death messages of one run of the agent.
 *
 * @param version of the agent
 */
export function createStatusMessages(source: EventSource, version: string, clock: Clock): StatusMessages {
  const { device, site, boot, model } = source;
  const topic = topicOf(source, 'status');
  const message = (session: number, state: object): OutgoingMessage => {
    const status = validateStatus({
      schemaVersion: STATUS_SCHEMA_VERSION,
      device,
      ...(site !== undefined && { site }),
      boot,
      session,
      version,
      model: model.digest,
      since: new Date(clock.now()).toISOString(),
      ...state,
    });
    return { topic, payload: JSON.stringify(status) };
  };
  return {
    online: (session) => message(session, { state: 'online' }),
    offline: (session, reason) => message(session, { state: 'offline', reason }),
  };
}
