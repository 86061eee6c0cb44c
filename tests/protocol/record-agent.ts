import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import sharp from 'sharp';
import { facePicture, writeColorBundle } from '../agent/color-bundle.js';
import { Device, head, stopInOrder } from '../agent/device.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import type { Received } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { emptyFrame } from '../vision/drawn-face.js';

/** What is sent to the agent, in this order: what it can do, what it lacks, what it refuses. */
const COMMANDS: readonly string[] = [
  JSON.stringify({ ...head('capture-1'), command: 'capture' }),
  JSON.stringify({ ...head('health-1'), command: 'send-health' }),
  JSON.stringify({ ...head('diagnose-1'), command: 'diagnose' }),
  JSON.stringify({ ...head('identify-1'), command: 'identify' }),
  JSON.stringify({ ...head('explode-1'), command: 'explode' }),
  JSON.stringify({ ...head('capture-1'), command: 'capture' }),
  'no JSON',
];

/**
 * Runs the real agent with a real broker, once as it reports every frame and once as it reports presences and
 * takes commands.
 *
 * @returns all that it published
 */
export async function recordAgent(t: ExecutionContext): Promise<readonly Received[]> {
  const folder = await temporaryFolder(t);
  const files = await writeColorBundle(folder);
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const make = async (name: string, frames: string, changes: object) => {
    const parts = { name, material: { files, frames }, port: broker.port };
    const settings = { site: 'lobby', frames: { perSecond: 5 }, ...changes };
    return (await Device.make(t, { ...parts, changes: settings })).observe();
  };
  const isOffline = (device: Device) => device.statuses.some(({ state }) => state === 'offline');
  const face = facePicture(240, 200, 160);

  const path = await writeFrames(join(folder, 'both'), [face, emptyFrame(240, 200)]);
  const source = { kind: 'folder', path };
  const everyFrame = await make('every-frame', path, { source, report: { mode: 'frames' } });
  const { code, stderr } = await everyFrame.launch().ended;
  t.is(code, 0, stderr);
  await everyFrame.until(() => isOffline(everyFrame));

  const presences = await make('presences', await writeFrames(join(folder, 'face'), [face]), {});
  const agent = await presences.start();
  await presences.until(() => presences.events.some(({ kind }) => kind === 'enter'), agent);
  for (const [index, command] of COMMANDS.entries()) {
    await presences.send(command);
    await presences.until(() => finalReplies(presences) > index, agent);
  }
  await stopInOrder(t, agent);
  await presences.until(() => isOffline(presences));

  return [everyFrame, presences]
    .flatMap(({ observer }) => observer.received)
    .filter(({ topic }) => !topic.endsWith('/commands'));
}

function finalReplies({ replies }: Device): number {
  return replies.filter(({ state }) => ['successful', 'failed', 'rejected'].includes(state)).length;
}

async function writeFrames(
  folder: string,
  pictures: readonly ReturnType<typeof emptyFrame>[],
): Promise<string> {
  await mkdir(folder);
  for (const [index, { data, width, height }] of pictures.entries()) {
    const picture = sharp(data, { raw: { width, height, channels: 3 } });
    await picture.png().toFile(join(folder, `${index}.png`));
  }
  return folder;
}
