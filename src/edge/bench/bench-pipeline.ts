import { UnavailableError } from '@oneface/common/errors/errors';
import { topicOf } from '@oneface/common/topics/topics';
import { makeStateFolder, openAgentState } from '../agent/agent-state.js';
import type { AgentWorld } from '../agent/agent-world.js';
import { CleanUp } from '../agent/clean-up.js';
import { agentVersion, drawBootId } from '../agent/identity.js';
import { loadBundle } from '../bundles/load-bundle.js';
import type { AgentConfig } from '../config/schema.js';
import { createEventFactory } from '../events/event-factory.js';
import { createStatusMessages } from '../events/status-messages.js';
import { openFrameSource } from '../frames/open-frame-source.js';
import { createFrameDecoder } from '../images/decode-frame.js';
import type { Logger } from '../logging/logger.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import { createBrokerConnector } from '../mqtt/broker-connector.js';
import { brokerOptions } from '../mqtt/broker-options.js';
import { Publisher } from '../mqtt/publisher.js';
import { createFrameAnalyser } from '../vision/frame-analyser.js';
import { Acknowledgements } from './bench-acknowledgements.js';
import { type MemoryFigures, MemoryTrack } from './bench-memory.js';
import { type BenchStage, type StageFigures, StageTimes } from './stages.js';

/** As the agent: the other cores are for the rest of the device. */
const SEGMENTER_THREADS = 1;
const PATIENCE_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 10;
const CLOSE_MILLISECONDS = 5000;
const KIB = 1024;

export interface PipelineFigures {
  readonly frames: number;
  readonly events: number;
  readonly faces: number;
  readonly stages: Partial<Record<BenchStage, StageFigures>>;
  /** Of this process, in MiB. */
  readonly memory: MemoryFigures;
}

/**
 * Takes frames one after the other through all that the agent does with them, each to the broker's
 * acknowledgement before the next.
 *
 * @param count frames
 * @param onFrame told of the frames done
 * @throws UnavailableError when the broker is not there or acknowledges nothing
 */
export async function measurePipeline(
  config: AgentConfig,
  count: number,
  world: AgentWorld,
  log: Logger,
  onFrame: (done: number) => void,
): Promise<PipelineFigures> {
  const cleanUp = new CleanUp();
  try {
    const pipeline = await openPipeline(config, world, log, cleanUp);
    const times = new StageTimes(count);
    let [done, events, faces] = [0, 0, 0];
    const memory = new MemoryTrack(() => process.memoryUsage.rss());
    while (done < count) {
      world.stop.throwIfAborted();
      const frame = await pipeline(done + 1);
      if (frame === undefined) break;
      done += 1;
      events += frame.events;
      faces += frame.faces;
      times.add(frame.times);
      memory.note(done);
      onFrame(done);
    }
    // First of all: the arithmetic for the table takes memory of its own.
    const resident = memory.figures(done, process.resourceUsage().maxRSS * KIB);
    return { frames: done, events, faces, stages: times.figures(), memory: resident };
  } finally {
    await cleanUp.run();
  }
}

/** What became of one frame. */
interface FrameResult {
  readonly events: number;
  readonly faces: number;
  readonly times: Partial<Record<BenchStage, number>>;
}

/** Puts the agent's parts together; what comes back takes the frame of a number. */
async function openPipeline(
  config: AgentConfig,
  world: AgentWorld,
  log: Logger,
  cleanUp: CleanUp,
): Promise<(number: number) => Promise<FrameResult | undefined>> {
  const { clock, sleep, env, random, randomBytes, stop } = world;
  await makeStateFolder(config.state);
  const { time, outbox } = await openAgentState(config, world, log);
  cleanUp.add(() => outbox.close());
  const bundle = await loadBundle(config.bundle, config.trustedKeys, { threads: SEGMENTER_THREADS });
  cleanUp.add(() => bundle.segmenter.close());
  const onSkipped = (error: Error) => log.warn('picture passed over', { error });
  const source = await openFrameSource(config.source, { clock, sleep, random, env, log, onSkipped });
  cleanUp.add(() => source.close());
  const identity = {
    device: config.device,
    boot: drawBootId(randomBytes),
    model: { digest: bundle.modelDigest, classSet: bundle.spec.classSet },
  };
  const topic = topicOf(identity, 'events');
  const broker = await brokerOptions(config.mqtt, config, env, time);
  const acknowledged = new Acknowledgements(stop);
  const publisher = new Publisher({
    connect: createBrokerConnector(broker, { clock, log }),
    status: createStatusMessages(identity, agentVersion(), clock),
    outbox,
    backoff: decorrelatedJitter(random),
    clock,
    sleep,
    log,
    clientId: broker.clientId,
    onDelivered({ kind }, milliseconds) {
      if (kind === 'event') acknowledged.note(milliseconds);
    },
  });
  cleanUp.add(async () => void (await publisher.close('stopped', CLOSE_MILLISECONDS)));
  await connected(publisher, world);
  const decode = createFrameDecoder();
  const analyser = createFrameAnalyser(bundle.segmenter, clock);
  const factory = createEventFactory(identity);

  return async (number) => {
    const frame = await source.next(stop);
    if (frame === undefined) return undefined;
    const before = acknowledged.count;
    const start = clock.monotonic();
    const picture = await decode(frame.bytes, frame.name);
    const decoded = clock.monotonic();
    const facts = {
      number,
      capturedAt: frame.capturedAt,
      arrivedAt: start,
      timeQuality: time.quality(),
      decode: decoded - start,
    };
    const analysis = await analyser.analyse(picture);
    const seen = clock.monotonic();
    const builds = factory.ofFrame(facts, analysis);
    await Promise.all(
      builds.map((build) =>
        outbox.addEvent((position) => ({ topic, payload: JSON.stringify(build(position)) })),
      ),
    );
    const kept = clock.monotonic();
    await acknowledged.upTo(before + builds.length);
    const end = clock.monotonic();
    return {
      events: builds.length,
      faces: analysis.reason === undefined ? builds.length : 0,
      times: {
        decode: facts.decode,
        ...analysis.timings,
        event: kept - seen,
        publish: acknowledged.latest,
        total: end - start,
      },
    };
  };
}

async function connected(publisher: Publisher, { clock, sleep, stop }: AgentWorld): Promise<void> {
  const deadline = clock.monotonic() + PATIENCE_MILLISECONDS;
  while (!publisher.state.connected) {
    stop.throwIfAborted();
    if (clock.monotonic() > deadline) throw new UnavailableError('the broker cannot be reached');
    await sleep(POLL_MILLISECONDS, stop);
  }
}
