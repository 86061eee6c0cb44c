import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { projectFile } from '../support/paths.js';

/** A frame with a face, 640 x 480, made by the generator; the face takes half of its width. */
const SAMPLE = projectFile('models/face-parts/sample.jpg');
const GREY = '#60646c';

/**
 * Writes what a camera at a door would see: a face, the same turned by 8 degrees, a JPEG of full size, and
 * nobody. All but the JPEG are PNG, so that they are the same pixels whatever decodes them.
 *
 * @returns how many
 */
export async function writeFrames(folder: string): Promise<number> {
  const size = { width: 320, height: 240 };
  await sharp(SAMPLE).resize(size).png().toFile(join(folder, '1.png'));
  await sharp(SAMPLE).rotate(8, { background: GREY }).resize(size).png().toFile(join(folder, '2.png'));
  await copyFile(SAMPLE, join(folder, '3.jpg'));
  const nobody = sharp({ create: { ...size, channels: 3, background: GREY } });
  await nobody.png().toFile(join(folder, '4.png'));
  return 4;
}

/** Writes a small photo of a face: the search through it takes few passes. */
export async function writePhoto(file: string): Promise<void> {
  const face = { left: 210, top: 0, width: 400, height: 400 };
  await sharp(SAMPLE).extract(face).resize(96, 96).png().toFile(file);
}
