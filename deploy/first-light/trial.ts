import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentationEvent } from '@oneface/common/events/event';
import type { Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import sharp from 'sharp';
import { drawEvent } from './draw-event.js';

/** Width of one frame on the sheet, in pixels. */
const CELL_WIDTH = 480;
const COLUMNS = 2;
const PICTURES = /\.(?:jpe?g|png)$/i;

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
    mqtt: { url: setting.broker, version: 4 },
    frames: { perSecond: 10 },
    log: { level: 'warn' },
  };
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${trial.device}.json`);
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}

/**
 * Draws every event over its frame, into one sheet.
 *
 * @param events of the trial's device
 * @returns path of the sheet
 */
export async function writeSheet(
  folder: string,
  trial: Trial,
  events: readonly SegmentationEvent[],
): Promise<string> {
  const files = (await readdir(trial.frames))
    .filter((name) => PICTURES.test(name))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  const cells: Raster[] = [];
  for (const event of events) {
    const name = files[event.frame.number - 1];
    if (name === undefined) continue;
    cells.push(drawEvent(await readFrame(join(trial.frames, name)), event, CELL_WIDTH));
  }
  const sheet = contactSheet(cells, { columns: COLUMNS });
  const file = join(folder, `${trial.device}.png`);
  const { width, height, data } = sheet;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

async function readFrame(file: string): Promise<Raster> {
  const { data, info } = await sharp(await readFile(file))
    .rotate()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
