import test from 'ava';
import fc from 'fast-check';
import { loadSoak } from './soak-modules.js';

const { seededRandom } = await loadSoak<typeof import('../../deploy/soak/random.js')>('random');
const { drawSchedule } = await loadSoak<typeof import('../../deploy/soak/schedule.js')>('schedule');

const LINE = ['broker-stop', 'refuse', 'cut', 'blackhole', 'slow', 'half-open'];
const DEVICE = ['camera-kill', 'camera-stop', 'agent-kill'];

test('the same seed gives the same faults, another seed others', (t) => {
  t.deepEqual(drawSchedule(120, seededRandom(7)), drawSchedule(120, seededRandom(7)));
  t.notDeepEqual(drawSchedule(120, seededRandom(7)), drawSchedule(120, seededRandom(8)));
});

test('faults of a track do not overlap, none reaches into the quiet part, and the agent is killed last', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 2, max: 240 }), (seed, minutes) => {
      const { line, device, quietFrom } = drawSchedule(minutes, seededRandom(seed));
      for (const track of [line, device]) {
        let end = 0;
        for (const fault of track) {
          t.true(fault.at >= end);
          end = fault.at + fault.seconds;
        }
        t.true(end <= quietFrom);
      }
      t.is(device.at(-1)?.kind, 'agent-kill');
      t.true(quietFrom < minutes * 60);
    }),
    { numRuns: 50 },
  );
});

for (const minutes of [3, 120]) {
  test(`${minutes} minutes hold every kind of fault`, (t) => {
    for (let seed = 0; seed < 20; seed++) {
      const { line, device } = drawSchedule(minutes, seededRandom(seed));
      t.deepEqual([...new Set(line.map(({ kind }) => kind))].sort(), LINE.toSorted());
      t.deepEqual([...new Set(device.map(({ kind }) => kind))].sort(), DEVICE.toSorted());
    }
  });
}

test('in two hours one life of the agent lasts for at least forty minutes', (t) => {
  for (let seed = 0; seed < 20; seed++) {
    const { device } = drawSchedule(120, seededRandom(seed));
    const kills = device.filter(({ kind }) => kind === 'agent-kill').map(({ at }) => at);
    const longest = Math.max(...kills.map((at, index) => at - (kills[index - 1] ?? 0)));
    t.true(longest > 40 * 60);
  }
});
