import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { writeIndexPng } from '@oneface/trainer/images/index-png';
import { readRaster } from '@oneface/trainer/images/read-picture';
import { projectFile, ROOT } from '../support/paths.js';
import { SMALLEST_STAGES } from './variants.js';

/** What runs write, and what belongs to one clone. */
const OWN = ['.git', '.cache', 'runs'];

/** The project as a user has it in front of him: everything is there by links, but what runs write is new. */
export async function makeUserFolder(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'oneface-docs-')), 'project');
  await mkdir(join(folder, 'runs'), { recursive: true });
  for (const name of await readdir(ROOT)) {
    if (!OWN.includes(name)) await symlink(join(ROOT, name), join(folder, name));
  }
  await cp(projectFile('tests/checkpoints/fixtures/nvidia.pkl'), join(folder, 'my-gan.pkl'));
  const firstLight = await readFile(projectFile('deploy/first-light/pipeline.json'), 'utf8');
  const file = { ...JSON.parse(firstLight), folder: 'first-light' };
  await writeSmallestPipeline(join(folder, 'runs/first-light.json'), file);
  return folder;
}

/** Writes a pipeline file with the parameters that take the least time. */
export async function writeSmallestPipeline(path: string, file: PipelineContent): Promise<void> {
  const written = new Map(file.stages?.map(({ stage, params }) => [stage, params]));
  for (const [stage, params] of Object.entries(SMALLEST_STAGES)) {
    written.set(stage, { ...written.get(stage), ...params });
  }
  const stages = [...written].map(([stage, params]) => ({ stage, params }));
  await writeText(path, JSON.stringify({ ...file, stages }));
}

interface PipelineContent {
  readonly stages?: readonly { readonly stage: string; readonly params?: object }[];
}

/** Does what a person does who labels: draws a mask for each listed picture and writes the index. */
export async function labelByHand(folder: string, index: LabelIndex): Promise<void> {
  const set = classSet('face-10');
  for (const { picture, mask } of index.samples) {
    const { width, height } = await readRaster(join(folder, picture));
    const data = Uint8Array.from({ length: width * height }, (_, pixel) => pixel % set.classes.length);
    await writeIndexPng(join(folder, mask), { width, height, data }, set);
  }
  await writeText(join(folder, 'index.json'), JSON.stringify(index));
}

export interface LabelIndex {
  readonly samples: readonly { readonly picture: string; readonly mask: string }[];
}

/** Puts the files there that pages call the user's own: photos, masks, the bundle to install, credentials. */
export async function addOwnFiles(folder: string): Promise<void> {
  const run = join(folder, 'runs/first-light');
  await cp(join(run, 'frames/pictures'), join(folder, 'photos'), { recursive: true });
  await cp(join(run, 'frames/pictures/frame-001.jpg'), join(folder, 'photo.jpg'));
  await cp(join(run, 'synthesize/held-out'), join(folder, 'my-photos'), { recursive: true });
  await cp(join(run, 'bundle/face.oneface'), join(folder, 'face.oneface'));
  await cp(join(run, 'bundle/signing.public.pem'), join(folder, 'trusted.pem'));
  await writeText(join(folder, 'ca.crt'), '');
  await writeText(join(folder, 'mqtt-password'), '');
}

/** Writes the shipped device configuration, with a test picture of ffmpeg's and a broker on this machine. */
export async function configureDevice(folder: string, brokerPort: number): Promise<void> {
  const shipped = JSON.parse(await readFile(projectFile('deploy/device/config.json'), 'utf8'));
  const config = {
    ...shipped,
    source: { ...shipped.source, device: 'TEST:' },
    bundle: '../face.oneface',
    trustedKeys: ['../trusted.pem'],
    mqtt: { url: `mqtt://127.0.0.1:${brokerPort}` },
    state: 'state',
    frames: { ...shipped.frames, limit: 1 },
    wake: { mode: 'always' },
    report: { mode: 'frames' },
    health: { port: false },
  };
  await writeText(join(folder, 'device/config.json'), JSON.stringify(config));
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
