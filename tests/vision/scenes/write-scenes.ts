/*
 * Writes a folder of frames with `scenes.json` for `oneface-edge bench-vision`:
 *
 *   node tests/dist/vision/scenes/write-scenes.js --out FOLDER [--people FOLDER] [--count 20] [--seed 1]
 *
 * The people are generated, or come from a folder of aligned photos with CelebAMask-HQ masks.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import { encodeIndexPng } from '@oneface/common/images/index-png';
import type { Scenes } from '@oneface/edge/bench/vision-scenes';
import { writePicture } from '@oneface/trainer/images/write-picture';
import type { Static } from '@sinclair/typebox';
import { composeScene } from './compose-scene.js';
import { generatedPeople, photographedPeople } from './people.js';
import { plannedScenes } from './scene-list.js';

const MOST_PEOPLE = 60;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    people: { type: 'string' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const { out, people: folder } = values;
if (out === undefined) throw expected('a folder', '--out', out);
const people =
  folder === undefined ? await generatedPeople(MOST_PEOPLE) : await photographedPeople(folder, MOST_PEOPLE);
await mkdir(out, { recursive: true });
const scenes: Static<typeof Scenes> = [];
for (const [index, plan] of plannedScenes(people, Number(values.count), Number(values.seed)).entries()) {
  const scene = await composeScene(plan.size, plan.people, index);
  const number = String(index + 1).padStart(4, '0');
  const file = `scene-${number}.jpg`;
  await writePicture(join(out, file), plan.change?.(scene.picture, plan.people) ?? scene.picture);
  const labels = `labels-${number}.png`;
  if (plan.hasLabels) {
    await writeFile(join(out, labels), encodeIndexPng(scene.labels, classSet('face-10')));
  }
  scenes.push({ file, group: plan.group, faces: [...scene.faces], ...(plan.hasLabels && { labels }) });
}
await writeFile(join(out, 'scenes.json'), `${JSON.stringify(scenes, null, 1)}\n`);
