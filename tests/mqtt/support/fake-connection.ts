import { setTimeout as delay } from 'node:timers/promises';
import type {
  BrokerConnection,
  CommandHandler,
  ConnectionEnd,
  ConnectRequest,
  Delivery,
  Protocol,
  SendOptions,
} from '@oneface/edge/mqtt/broker';
import type { OutgoingMessage } from '@oneface/edge/outbox/outbox';

/** Lets every promise that can go on do so. */
export const settled = () => delay(1);

/** A connection whose answers the test gives; it keeps what was sent. */
export class FakeConnection implements BrokerConnection {
  /** Payloads; "(retained)" behind those that the broker is to keep. */
  readonly sent: string[] = [];
  readonly options: SendOptions[] = [];
  readonly answers: ((delivery: Delivery) => void)[] = [];
  readonly closed: Promise<ConnectionEnd>;
  readonly will: string;
  readonly onCommand: CommandHandler | undefined;
  readonly protocol: Protocol;
  commandsRefused: Error | undefined;
  ended = false;
  #close: (end: ConnectionEnd) => void = () => {};

  constructor({ will, onCommand }: ConnectRequest, protocol: Protocol = 5) {
    this.will = will.payload;
    this.onCommand = onCommand;
    this.protocol = protocol;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  publish({ payload }: OutgoingMessage, options: SendOptions): Promise<Delivery> {
    this.sent.push(options.retain ? `${payload} (retained)` : payload);
    this.options.push(options);
    return new Promise((resolve) => {
      this.answers.push(resolve);
    });
  }

  /** Acknowledges everything sent so far, and what that makes the publisher send. */
  async deliverAll(): Promise<void> {
    while (this.answers.length > 0) {
      for (const answer of this.answers.splice(0)) answer({ outcome: 'delivered' });
      await settled();
    }
  }

  /** Answers everything sent so far with a refusal. */
  async refuseAll(reason: string, final: boolean): Promise<void> {
    for (const answer of this.answers.splice(0)) answer({ outcome: 'refused', reason, final });
    await settled();
  }

  async lose(end: ConnectionEnd = { how: 'failed' }): Promise<void> {
    for (const answer of this.answers.splice(0)) answer({ outcome: 'lost' });
    this.#close(end);
    await settled();
  }

  async end(): Promise<void> {
    this.ended = true;
    void this.lose({ how: 'by-us' });
  }

  destroy(): void {
    void this.lose({ how: 'by-us' });
  }
}
