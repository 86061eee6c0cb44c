import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import { topicOf } from '@oneface/common/topics/topics';
import { loadBundle } from '../bundles/load-bundle.js';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import { timeQuality } from '../clock/time-quality.js';
import type { AgentConfig, MqttConfig } from '../config/schema.js';
import { createEventFactory, type EventSource } from '../events/event-factory.js';
import { createStatusMessages } from '../events/status-messages.js';
import type { FrameSource } from '../frames/frame-source.js';
import { openFrameSource } from '../frames/open-frame-source.js';
import type { Logger } from '../logging/logger.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import { createBrokerConnector } from '../mqtt/broker.js';
import { brokerOptions } from '../mqtt/broker-options.js';
import { createMemoryOutbox } from '../mqtt/outbox.js';
import { Publisher } from '../mqtt/publisher.js';
import { analyseFrame } from '../vision/analyse-frame.js';
import { decodeFrame } from './decode-frame.js';
import { runFrameLoop } from './frame-loop.js';
import { agentVersion, drawBootId } from './identity.js';

/** Time for the last messages and the good-bye. */
const CLOSE_MILLISECONDS = 5000;

/** What the agent needs from the world around it. */
export interface AgentWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Gives that many random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Draws from [0, 1). */
  readonly random: () => number;
  /** Aborted when the agent has to stop. */
  readonly stop: AbortSignal;
}

/**
 * Runs the agent: bundle, frame source, broker, and the loop between them.
 *
 * @returns the number of events that could not be delivered, once the source has ended or `stop` is aborted
 * @throws InputError or IntegrityError when the configuration or the bundle must not be used
 */
export async function runAgent(config: AgentConfig, world: AgentWorld, log: Logger): Promise<number> {
  const { clock } = world;
  warnOfRisks(config.mqtt, log);
  const broker = await brokerOptions(config.mqtt, config, world.env);
  const bundle = await loadBundle(config.bundle, config.trustedKeys);
  try {
    const source = await openFrameSource(config.source, {
      clock,
      onSkipped: (error) => log.warn('picture passed over', { error }),
    });
    const identity: EventSource = {
      device: config.device,
      site: config.site,
      boot: drawBootId(world.randomBytes),
      model: { digest: bundle.modelDigest, classSet: bundle.spec.classSet },
    };
    log.info('agent started', {
      boot: identity.boot,
      model: bundle.card.name,
      digest: bundle.modelDigest,
      source: source.name,
      broker: broker.url,
    });
    const publisher = new Publisher({
      connect: createBrokerConnector(broker),
      status: createStatusMessages(identity, agentVersion(), clock),
      outbox: createMemoryOutbox(config.mqtt.outbox),
      backoff: decorrelatedJitter(world.random),
      clock,
      sleep: world.sleep,
      log,
    });
    return await publishFrames(
      { source, publisher, identity, frames: config.frames, segmenter: bundle.segmenter },
      world,
      log,
    );
  } finally {
    await bundle.segmenter.close();
  }
}

interface Stages {
  readonly source: FrameSource;
  readonly segmenter: Segmenter;
  readonly publisher: Publisher;
  readonly identity: EventSource;
  readonly frames: AgentConfig['frames'];
}

/** Runs the loop to its end, then closes source and publisher, whichever way it ended. */
async function publishFrames(stages: Stages, world: AgentWorld, log: Logger): Promise<number> {
  const { source, segmenter, publisher, identity, frames } = stages;
  const { clock, sleep, stop } = world;
  const toEvent = createEventFactory(identity);
  const topic = topicOf(identity, 'events');
  let ending: 'stopped' | 'failed' = 'failed';
  let undelivered = 0;
  try {
    const counts = await runFrameLoop(
      {
        source,
        decode: ({ bytes, name }) => decodeFrame(bytes, name),
        analyse: (picture) => analyseFrame(segmenter, picture, clock),
        report: (facts, analysis) =>
          publisher.publish({ topic, payload: JSON.stringify(toEvent(facts, analysis)) }),
        timeQuality: () => timeQuality(clock),
        clock,
        sleep,
        log,
        ...frames,
      },
      stop,
    );
    ending = 'stopped';
    log.info('frames ended', { ...counts });
  } finally {
    await source.close();
    undelivered = await publisher.close(ending, CLOSE_MILLISECONDS);
    if (undelivered > 0) log.error('events could not be delivered', { events: undelivered });
  }
  return undelivered;
}

function warnOfRisks({ url, password, tls }: MqttConfig, log: Logger): void {
  if (password !== undefined && url.startsWith('mqtt:')) log.warn('the password is sent without encryption');
  if (tls?.rejectUnauthorized === false) log.warn("the broker's certificate is not checked");
}
