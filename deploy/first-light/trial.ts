import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentationEvent } from '@oneface/common/events/event';
import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import type { Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import sharp from 'sharp';
import { drawEvent } from './draw-event.js';

/** Largest width and height of one frame on the sheet, in pixels. */
const CELL_SIDE = 480;
const COLUMNS = 2;
/** Frames on a sheet: more would make a picture that nobody looks at, and at last one too large to write. */
const MOST_CELLS = 48;

/** One run of the agent over a folder of pictures. */
export interface Trial {
  /** The device's name in the events. */
  readonly device: string;
  /** Folder of pictures. */
  readonly frames: string;
}

/** What the agent of a trial needs: the bundle, who signed it, and where to report. */
export interface AgentSetting {
  readonly bundle: string;
  readonly trustedKey: string;
  readonly broker: string;
}

/** Writes the agent's configuration for a trial and gives back the file's path. */
export async function writeAgentConfig(folder: string, trial: Trial, setting: AgentSetting): Promise<string> {
  const config = {
    device: trial.device,
    source: { kind: 'folder', path: trial.frames },
    bundle: setting.bundle,
    trustedKeys: [setting.trustedKey],
    state: `${trial.device}.state`,
    mqtt: { url: setting.broker },
    frames: { perSecond: 10 },
    wake: { mode: 'always' },
    report: { mode: 'frames' },
    health: { port: false },
    log: { level: 'warn' },
  };
  await mkdir(folder, { recursive: true });
  // What an interrupted trial could not deliver belongs to other frames.
  await rm(join(folder, config.state), { recursive: true, force: true });
  const file = join(folder, `${trial.device}.json`);
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}

/**
 * Draws the events over their frames, into one sheet.
 *
 * @param events of the trial's device
 * @returns path of the sheet; undefined when there is no event
 */
export async function writeSheet(
  folder: string,
  trial: Trial,
  events: readonly SegmentationEvent[],
): Promise<string | undefined> {
  const pictures = await framesOf(trial.frames);
  const cells: Raster[] = [];
  for (const event of events.slice(0, MOST_CELLS)) {
    const picture = pictures[event.frame.number - 1];
    if (picture === undefined) continue;
    const { width, height } = event.frame;
    const drawn = Math.round(CELL_SIDE * Math.min(1, width / height));
    cells.push(drawEvent(await readFrame(picture), event, Math.max(1, drawn)));
  }
  if (cells.length === 0) return undefined;
  const { width, height, data } = contactSheet(cells, { columns: COLUMNS });
  const file = join(folder, `${trial.device}.png`);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

/** The pictures of a folder as the agent counts its frames: in natural order, without what is none. */
async function framesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  const frames: string[] = [];
  for (const file of names.map((name) => join(folder, name))) {
    if (wholePictureFormat(await readFile(file)) !== undefined) frames.push(file);
  }
  return frames;
}

async function readFrame(file: string): Promise<Raster> {
  const { data, info } = await sharp(await readFile(file), { autoOrient: true, failOn: 'error' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
