import type { OnefaceError } from '@oneface/common/errors/errors';
import { topicOf } from '@oneface/common/topics/topics';
import { loadBundle } from '../bundles/load-bundle.js';
import { createFrameLoop, type FrameCounts } from '../capture/frame-loop.js';
import { agentChecks } from '../commands/agent-checks.js';
import { createCommandHandler } from '../commands/command-handler.js';
import { diagnose } from '../commands/diagnose.js';
import type { AgentConfig } from '../config/schema.js';
import type { Settings } from '../config/settings.js';
import { createEventFactory, type EventSource } from '../events/event-factory.js';
import { createStatusMessages } from '../events/status-messages.js';
import { stallSecondsAt } from '../frames/camera-limits.js';
import { createCameraWatch, keepChecking } from '../frames/camera-watch.js';
import { openFrameSource } from '../frames/open-frame-source.js';
import { openGpio } from '../gpio/open-gpio.js';
import type { AgentFacts, FrameTotals, HealthSources } from '../health/health-sources.js';
import { startHealth } from '../health/start-health.js';
import { readTemperature } from '../health/temperature.js';
import { createFrameDecoder } from '../images/decode-frame.js';
import type { Logger } from '../logging/logger.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import { createBrokerConnector } from '../mqtt/broker-connector.js';
import { brokerOptions, warnOfRisks } from '../mqtt/broker-options.js';
import { Publisher } from '../mqtt/publisher.js';
import { createReporter } from '../presence/reporter.js';
import {
  createLiveness,
  LONGEST_FRAME_MILLISECONDS,
  LONGEST_PASS_MILLISECONDS,
} from '../supervision/liveness.js';
import { createServiceManager } from '../supervision/service-manager.js';
import { createWatchdog } from '../supervision/watchdog.js';
import { createFrameAnalyser } from '../vision/frame-analyser.js';
import { createGlance } from '../wake/glance.js';
import { possibleWake } from '../wake/possible-wake.js';
import { openAgentState } from './agent-state.js';
import type { AgentWorld } from './agent-world.js';
import { Background } from './background.js';
import { CleanUp } from './clean-up.js';
import { createDeviceActions } from './device-actions.js';
import { agentVersion, drawBootId } from './identity.js';
import { watchedSegmenter } from './watched-segmenter.js';

/** Time for the last messages and the good-bye. */
const CLOSE_MILLISECONDS = 5000;
/** One core does a pass in milliseconds; the others are for the rest of the device. */
const SEGMENTER_THREADS = 1;
/** A relay that follows a presence stays on this long after the last frame with a face. */
const RELAY_HOLD_MILLISECONDS = 3000;

/**
 * Runs the agent: opens what it keeps, the bundle and the frame source, and lets the frame loop, the
 * publisher, the commands and the supervision work until the source ends or `stop` is aborted.
 *
 * @param config what `settings` resolve to for this run
 * @returns the number of events that are lost: those in memory that could not be delivered
 * @throws InputError or IntegrityError when the configuration or the bundle must not be used
 */
export async function runAgent(
  config: AgentConfig,
  settings: Settings,
  world: AgentWorld,
  log: Logger,
): Promise<number> {
  const cleanUp = new CleanUp();
  try {
    return await startAgent(config, settings, world, log, cleanUp);
  } finally {
    await cleanUp.run();
  }
}

/** Opens the parts from the first to the last, and hands them over to `work`. */
async function startAgent(
  config: AgentConfig,
  settings: Settings,
  world: AgentWorld,
  log: Logger,
  cleanUp: CleanUp,
): Promise<number> {
  const { clock, sleep, env, random } = world;
  warnOfRisks(config.mqtt, log);
  const stop = new AbortController();
  const end = () => stop.abort();
  world.stop.addEventListener('abort', end, { once: true });
  if (world.stop.aborted) end();
  cleanUp.add(() => world.stop.removeEventListener('abort', end));
  // First of all: after a crash the relay may still be on.
  const gpio = await openGpio(config.gpio, { env, clock, sleep, random, log, stop: stop.signal });
  cleanUp.add(() => gpio.close());
  const { time, outbox, journal, starts } = await openAgentState(config, world, log);
  cleanUp.add(() => outbox.close());
  const broker = await brokerOptions(config.mqtt, config, env, time);
  const bundle = await loadBundle(config.bundle, config.trustedKeys, { threads: SEGMENTER_THREADS });
  cleanUp.add(() => bundle.segmenter.close());
  const onSkipped = (error: OnefaceError) => log.warn('picture passed over', { error });
  const source = await openFrameSource(config.source, { clock, sleep, random, env, log, onSkipped });
  cleanUp.add(() => source.close());

  const identity: EventSource = {
    device: config.device,
    ...(config.site !== undefined && { site: config.site }),
    boot: drawBootId(world.randomBytes),
    model: { digest: bundle.modelDigest, classSet: bundle.spec.classSet },
  };
  const liveness = createLiveness(clock);
  const manager = createServiceManager(env, process.pid, log);
  const watchdog = createWatchdog({ manager, liveness, sleep, log });
  const stallSeconds = stallSecondsAt(Math.min(config.frames.perSecond, config.frames.idlePerSecond));
  const camera = createCameraWatch({ clock, log, replays: source.replays, stallSeconds });
  const sources: HealthSources = {
    frames: () => captured(loop.counts),
    camera: () => ({ ...camera.state, restarts: source.counts.restarts }),
    outbox: () => outbox.state,
    broker: () => publisher.state,
    time: () => ({ quality: time.quality(), jumps: time.jumps }),
    watchdog: () => watchdog.health,
    temperature: () => readTemperature(),
    residentBytes: () => process.memoryUsage.rss(),
  };
  const facts: AgentFacts = { ...identity, version: agentVersion(), model: bundle.modelDigest, starts };
  const health = await startHealth(config.health, { facts, sources, outbox, clock, sleep, log });
  cleanUp.add(() => health.close());

  const decode = createFrameDecoder();
  const glance = createGlance(decode);
  const eventTopic = topicOf(identity, 'events');
  const pulse = liveness.pulse('frame loop');
  const analyser = createFrameAnalyser(watchedSegmenter(bundle.segmenter, liveness), clock);
  const loop = createFrameLoop({
    source,
    decode: ({ bytes, name }) =>
      liveness.within('decoding', LONGEST_PASS_MILLISECONDS, () => decode(bytes, name)),
    glance: ({ bytes, name }) =>
      liveness.within('decoding', LONGEST_PASS_MILLISECONDS, () => glance(bytes, name)),
    analyse: async (picture) => {
      const analysis = await analyser.analyse(picture);
      if (analysis.faces.length > 0 && config.gpio?.relay?.follow === 'presence') {
        gpio.relay?.on(RELAY_HOLD_MILLISECONDS);
      }
      return analysis;
    },
    report: createReporter(config.report, {
      events: createEventFactory(identity),
      add: (build) =>
        outbox.addEvent((position) => ({ topic: eventTopic, payload: JSON.stringify(build(position)) })),
      clock,
    }),
    timeQuality: () => time.quality(),
    clock,
    sleep,
    log,
    ...config.frames,
    wake: possibleWake(config.wake, gpio.usable, log),
    triggers: gpio.triggers,
    onPicture: (picture, frame) => camera.observeFrame(picture, frame.bytes),
    onMissed: (error) => camera.observeFailure(error),
    onStage: (stage, milliseconds) => health.metrics.observeStage(stage, milliseconds),
    heartbeat: () => pulse.beat('a frame', LONGEST_FRAME_MILLISECONDS),
  });
  const commands = createCommandHandler({
    identity,
    boot: identity.boot,
    journal,
    actions: createDeviceActions({
      loop,
      sendHealth: () => health.reporter.report(),
      restart: () => {
        log.info('the agent ends to start again, as a command asked');
        end();
      },
      diagnose: (signal) =>
        diagnose(
          agentChecks({
            sources,
            clock,
            state: config.state,
            load: () => loadBundle(config.bundle, config.trustedKeys, { threads: SEGMENTER_THREADS }),
            availableMemory: () => process.availableMemory(),
          }),
          { sleep, log },
          signal,
        ),
      light: gpio.light,
    }),
    settings,
    reply: (message) => outbox.add('reply', message),
    fault: () => liveness.overdue()?.what ?? (publisher.state.connected ? undefined : 'no connection'),
    clock,
    sleep,
    timeQuality: () => time.quality(),
    log,
  });
  const publisher = new Publisher({
    connect: createBrokerConnector(broker, { clock, log }),
    status: createStatusMessages(identity, facts.version, clock),
    outbox,
    backoff: decorrelatedJitter(random),
    clock,
    sleep,
    log,
    clientId: broker.clientId,
    onCommand: (payload, properties) => commands.handle(payload, properties),
    onDelivered: ({ kind }, milliseconds) => {
      if (kind === 'event') health.metrics.observeStage('publish', milliseconds);
    },
  });
  if (Object.keys(settings.store.inUse).length > 0) {
    log.info('settings made by command go over those of the file', { ...settings.store.inUse });
  }
  log.info('agent started', {
    boot: identity.boot,
    model: bundle.card.name,
    digest: bundle.modelDigest,
    source: source.name,
    broker: broker.url,
  });

  const background = new Background(end);
  background.start((signal) => time.run(signal));
  background.start((signal) => watchdog.run(signal));
  background.start((signal) => health.reporter.run(signal));
  background.start((signal) => keepChecking(camera, sleep, signal));
  let ending: 'stopped' | 'failed' = 'failed';
  try {
    await commands.recover();
    await manager.ready(`${source.name} to ${broker.url}`);
    const counts = await loop.run(stop.signal);
    ending = 'stopped';
    log.info('frames ended', { ...counts });
  } finally {
    pulse.rest();
    await manager.stopping();
    await commands.close();
    await publisher.close(background.failed ? 'failed' : ending, CLOSE_MILLISECONDS);
    await background.end();
    await outbox.close();
    const { messages, kept } = outbox.state;
    if (messages > 0) log.warn('messages could not be delivered', { messages, keptForTheNextStart: kept });
  }
  return outbox.state.kept ? 0 : outbox.state.messages;
}

function captured({ frames, ...others }: FrameCounts): FrameTotals {
  return { ...others, captured: frames + others.dropped };
}
