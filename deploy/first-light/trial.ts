import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import type { SegmentationEvent } from '@oneface/common/events/event';
import type { Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import sharp from 'sharp';
import { drawEvent } from './draw-event.js';
import { picturesOf, readPicture } from './pictures.js';

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
    // The broker of the trial speaks no other version.
    mqtt: { url: setting.broker, version: 4 },
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
 * @returns path of the sheet
 * @throws InputError when there is no event to draw
 */
export async function writeSheet(
  folder: string,
  trial: Trial,
  events: readonly SegmentationEvent[],
): Promise<string> {
  const pictures: string[] = [];
  for await (const picture of picturesOf(trial.frames)) pictures.push(picture);
  const cells: Raster[] = [];
  for (const event of events.slice(0, MOST_CELLS)) {
    const picture = pictures[event.frame.number - 1];
    if (picture === undefined) continue;
    const { width, height } = event.frame;
    const drawn = Math.round(CELL_SIDE * Math.min(1, width / height));
    cells.push(drawEvent(await readPicture(picture), event, Math.max(1, drawn)));
  }
  if (cells.length === 0) throw expected('an event', `the pictures in ${trial.frames}`, undefined);
  const { width, height, data } = contactSheet(cells, { columns: COLUMNS });
  const file = join(folder, `${trial.device}.png`);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}
