import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAgentConfig } from './agent-config.js';
import { freePort } from './free-port.js';
import { type Arrival, Judge } from './judge.js';
import { Mosquitto } from './mosquitto.js';
import { processesWith, signal } from './processes.js';
import { LineProxy } from './proxy.js';
import { recordReplay } from './replay.js';
import { releaseRunFolder, takeRunFolder } from './run-folder.js';
import { snapshotAgent } from './snapshot.js';
import { type Subscriber, subscribe } from './subscriber.js';
import { Supervisor } from './supervisor.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MODEL = join(ROOT, 'models', 'face-parts');

export interface StageOptions {
  /** Absolute; what an earlier soak left in it is removed. */
  readonly out: string;
  readonly perSecond: number;
  readonly keepaliveSeconds: number;
  readonly stallSeconds: number;
  /** Seconds since the start of the soak. */
  readonly seconds: () => number;
  readonly onArrival: (arrival: Arrival) => void;
  /** Takes a line for people. */
  readonly say: (text: string) => void;
}

/** Everything that takes part in a soak. */
export interface Stage {
  readonly broker: Mosquitto;
  readonly proxy: LineProxy;
  readonly judge: Judge;
  readonly subscriber: Subscriber;
  /** Not started yet. */
  readonly supervisor: Supervisor;
  readonly metricsPort: number;
  /** Ends all of it, at once. */
  close(): Promise<void>;
}

/**
 * Sets up camera recording, broker, proxy and subscriber, and an agent that is ready to start.
 *
 * @throws InputError when the folder is not free for a soak
 * @throws UnavailableError when mosquitto or ffmpeg cannot be run
 */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { out, perSecond, say } = options;
  await takeRunFolder(out);
  const file = (name: string) => join(out, name);
  const replay = file('replay.mjpeg');
  say('recording a swaying face');
  await recordReplay(join(MODEL, 'sample.jpg'), replay, perSecond);

  const [brokerPort, metricsPort] = [await freePort(), await freePort()];
  const broker = await Mosquitto.start(brokerPort, file('mosquitto'), file('mosquitto.log'));
  const proxy = await LineProxy.start(brokerPort);
  const judge = new Judge();
  const subscriber = await subscribe(
    `mqtt://127.0.0.1:${brokerPort}`,
    judge,
    options.onArrival,
    file('subscriber.log'),
  );
  const config = file('agent.json');
  await writeAgentConfig(config, {
    bundle: join(MODEL, 'face.oneface'),
    trustedKey: join(MODEL, 'signing.public.pem'),
    replay,
    state: file('state'),
    brokerUrl: `mqtt://127.0.0.1:${proxy.port}`,
    metricsPort,
    perSecond,
    keepaliveSeconds: options.keepaliveSeconds,
    stallSeconds: options.stallSeconds,
  });
  const agent = await snapshotAgent(ROOT, out);
  const supervisor = new Supervisor(agent, ['run', '--config', config], file('agent.log'), options.seconds);
  return {
    broker,
    proxy,
    judge,
    subscriber,
    supervisor,
    metricsPort,
    async close() {
      await supervisor.end();
      await subscriber.close();
      await proxy.close();
      await broker.stop();
      // A camera program that was stopped while its agent was killed is still there.
      for (const pid of processesWith(replay)) signal(pid, 'SIGKILL');
      await releaseRunFolder(out);
    },
  };
}
