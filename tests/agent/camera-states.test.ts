import type { CameraStateName } from '@oneface/common/health/health';
import { parseHealth } from '@oneface/common/health/parse';
import test from 'ava';
import { connectAsync } from 'mqtt';
import sharp from 'sharp';
import { httpCamera } from '../frames/support/http-cameras.js';
import { flat, live } from '../frames/support/watched-camera.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { writeAgentConfig } from './agent-config.js';
import { writeColorBundle } from './color-bundle.js';
import { figures } from './figures.js';
import { startProgramIn } from './program.js';
import { hastened, PLAIN } from './runtimes.js';

/** A camera is watched for many seconds before it counts as frozen or stalled. */
const HASTE = 3;

/** What the camera of the test does. */
type Act = 'absent' | 'live' | 'black' | 'white' | 'still' | 'hanging';

const jpegOf = ({ data, width, height }: ReturnType<typeof live>) =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
const still = await jpegOf(live());

const ACTS: readonly (readonly [Act, CameraStateName])[] = [
  ['absent', 'no-device'],
  ['live', 'online'],
  ['black', 'dark'],
  ['live', 'online'],
  ['white', 'overexposed'],
  ['still', 'frozen'],
  ['hanging', 'stalled'],
];

test('whatever a network camera does, metrics and health message of the agent say so, since when and how often', async (t) => {
  let act: Act = 'absent';
  const url = await httpCamera(t, async (_, response) => {
    if (act === 'absent') response.writeHead(404).end();
    else if (act === 'live') response.end(await jpegOf(live()));
    else if (act === 'black') response.end(await jpegOf(flat([2, 2, 2], 4)));
    else if (act === 'white') response.end(await jpegOf(flat([255, 255, 255], 0)));
    else if (act === 'still') response.end(still);
  });
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const folder = await temporaryFolder(t);
  const files = await writeColorBundle(folder);
  const port = await freePort();
  const config = await writeAgentConfig(
    folder,
    { files, frames: '' },
    {
      device: 'watched',
      source: { kind: 'http-snapshot', url },
      mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
      frames: { perSecond: 10 },
      // Only the command brings another one.
      health: { port, everySeconds: 86_400 },
    },
  );
  const observer = await observe(broker.port, 'oneface/watched/health', 5);
  t.teardown(() => observer.close());
  const begin = Date.now();
  const agent = startProgramIn(hastened(PLAIN, HASTE), t, 'run', '--config', config);
  for (const [next, state] of ACTS) {
    act = next;
    await figures(agent, port, (page) => page.value('oneface_camera_state', { state }) === 1);
  }
  const told = await figures(agent, port);
  t.is(told.value('oneface_camera_state_changes_total', { state: 'frozen' }), 1);
  t.is(told.value('oneface_camera_state_changes_total', { state: 'stalled' }), 1);
  t.true(Number(told.value('oneface_frames_missed_total')) > 0);

  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  const command = { schemaVersion: 1, id: 'send-your-health', command: 'send-health' };
  await client.publishAsync('oneface/watched/commands', JSON.stringify(command), { qos: 1 });
  await client.endAsync();
  const { payload } = await observer.until(
    (message) => parseHealth(message.payload).camera.state === 'stalled',
  );
  const { camera, time } = parseHealth(payload);
  for (const state of ['no-device', 'dark', 'overexposed', 'frozen', 'stalled'] as const)
    t.is(camera.counts[state], 1, state);
  t.true(Number(camera.counts.online) >= 2);
  t.true(Date.parse(camera.since) > begin && camera.since <= time);
  const late = await observe(broker.port, 'oneface/watched/health', 5);
  t.true((await late.until(() => true)).retain);
  await late.close();
  agent.child.kill('SIGTERM');
  t.is((await agent.ended).code, 0, agent.stderr());
});
