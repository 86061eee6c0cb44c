import type { Raster, Size } from '@oneface/common/images/raster';
import { type Random, randomAt } from '@oneface/trainer/random/seeded-random';
import type { Placed } from './compose-scene.js';
import { putOnGlasses, putOnMask, putOnPaper, putOnSunglasses } from './disguises.js';
import type { ScenePerson } from './scene-person.js';

const VGA: Size = { width: 640, height: 480 };
const LARGE: Size = { width: 1280, height: 960 };
/** Share of a face's height by which the silhouette reaches past it at its sides. */
const ROOM = 0.6;

/** A scene to compose. */
export interface PlannedScene {
  readonly group: string;
  readonly size: Size;
  readonly people: readonly Placed[];
  /** Done to the finished picture. */
  readonly change?: (picture: Raster, people: readonly Placed[]) => Raster;
  /** Whether the parts may be compared with the people's masks. */
  readonly hasLabels: boolean;
}

/**
 * The scenes that finding faces is measured on.
 *
 * @param count scenes per group
 */
export function plannedScenes(people: readonly ScenePerson[], count: number, seed: number): PlannedScene[] {
  const scenes: PlannedScene[] = [];
  let next = 0;
  const add = (group: string, make: (random: Random, index: number) => Omit<PlannedScene, 'group'>) => {
    for (let index = 0; index < count; index++, next++) {
      scenes.push({ group, ...make(randomAt(seed, group, index), next) });
    }
  };
  const person = (index: number) => people[index % people.length];
  const alone = (size: Size, faceHeight: number, roll: number) => (random: Random, index: number) => ({
    size,
    people: [{ person: person(index), faceHeight, roll, ...placeFor(size, faceHeight, random) }],
    hasLabels: true,
  });
  for (const height of [80, 120, 200, 400]) add(`height ${height}`, alone(VGA, height, 0));
  for (const height of [80, 200, 400, 800]) add(`height ${height} of 960`, alone(LARGE, height, 0));
  for (const roll of [15, 30]) {
    add(`roll ${roll}`, (random, index) => alone(VGA, 160, index % 2 === 0 ? roll : -roll)(random, index));
  }
  add('half out at a side', (random, index) => cut(person(index), 'side', random));
  add('forehead out', (random, index) => cut(person(index), 'top', random));
  add('two', (random, index) => group([person(index), person(index + 1)], random));
  add('three', (random, index) =>
    group(
      [0, 1, 2].map((offset) => person(index + offset)),
      random,
    ),
  );
  for (const [group, change] of [
    ['glasses', putOnGlasses],
    ['sunglasses', putOnSunglasses],
  ] as const) {
    add(group, (random, index) => ({ ...alone(VGA, 200, 0)(random, index), change, hasLabels: false }));
  }
  add('mask over the mouth', (random, index) => ({
    ...alone(VGA, 200, 0)(random, index),
    change: putOnMask,
    hasLabels: false,
  }));
  add('printed photo', (random, index) => ({
    ...alone(VGA, 160, 0)(random, index),
    change: putOnPaper,
    hasLabels: false,
  }));
  add('nobody', () => ({ size: VGA, people: [], hasLabels: true }));
  return scenes;
}

/** A place at which the whole face is in the frame. */
function placeFor({ width, height }: Size, faceHeight: number, random: Random): { x: number; y: number } {
  const reach = Math.min(faceHeight * ROOM, Math.min(width, height) / 2);
  return {
    x: reach + random() * (width - 2 * reach),
    y: reach + random() * (height - 2 * reach),
  };
}

/** A face of 240 px of which the frame's edge hides a third of the width, or the forehead. */
function cut(person: ScenePerson, edge: 'side' | 'top', random: Random): Omit<PlannedScene, 'group'> {
  const faceHeight = 240;
  const place = placeFor(VGA, faceHeight, random);
  const at = edge === 'side' ? { x: faceHeight * 0.12, y: place.y } : { x: place.x, y: faceHeight * 0.3 };
  return { size: VGA, people: [{ person, faceHeight, roll: 0, ...at }], hasLabels: true };
}

/** Side by side, of different sizes. */
function group(people: readonly ScenePerson[], random: Random): Omit<PlannedScene, 'group'> {
  const share = VGA.width / people.length;
  const placed = people.map((person, index) => {
    const faceHeight = 90 + random() * (share * 0.75 - 90);
    const x = share * (index + 0.4 + 0.2 * random());
    return { person, faceHeight, roll: 20 * (random() - 0.5), x, y: 140 + 160 * random() };
  });
  return { size: VGA, people: placed, hasLabels: true };
}
