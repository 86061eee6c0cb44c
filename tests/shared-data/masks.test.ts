import { readdir } from 'node:fs/promises';
import { readIndexPng } from '@oneface/trainer/images/index-png';
import test from 'ava';
import { sharedFile } from '../support/paths.js';

/** Pixels of each mask index in all 200 masks of celebamask-dev, counted with Pillow 12 and NumPy. */
const CELEBAMASK_PIXELS = [
  15468666, 13214413, 1064493, 130083, 116077, 118735, 227217, 223090, 238898, 206151, 126306, 214874, 341232,
  16203190, 460030, 117981, 1971, 2125095, 1830298,
];

test('the palette indices of real masks are those that Pillow reads', async (t) => {
  const folder = sharedFile('data/celebamask-dev/masks');
  const counts = new Array<number>(CELEBAMASK_PIXELS.length).fill(0);
  for (const name of await readdir(folder)) {
    for (const index of (await readIndexPng(`${folder}/${name}`)).data) counts[index]++;
  }
  t.deepEqual(counts, CELEBAMASK_PIXELS);
});
