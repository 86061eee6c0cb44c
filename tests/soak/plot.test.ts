import test from 'ava';
import { sampleAt } from './samples.js';
import { loadSoak } from './soak-modules.js';

const { drawPlot } = await loadSoak<typeof import('../../deploy/soak/plot.js')>('plot');

test('the plot is an SVG with axes, units and the faults by name', async (t) => {
  const samples = Array.from({ length: 36 }, (_, index) =>
    sampleAt(index * 5, index % 7 === 0 ? { residentMib: undefined, latencyP50: undefined } : {}),
  );
  const svg = await drawPlot({
    title: 'A soak of 3 minutes',
    subtitle: 'all well',
    minutes: 3,
    samples,
    faults: [
      { kind: 'slow', from: 20, to: 30, hit: true, detail: '{}' },
      { kind: 'agent-kill', from: 60, hit: true, detail: '{}' },
    ],
    perSecond: 10,
  });
  t.regex(svg, /^<svg /);
  for (const text of ['A soak of 3 minutes', 'minutes', 'events/s', 'seconds', 'messages', 'MiB', 'slow']) {
    t.true(svg.includes(`>${text}`), text);
  }
  t.true(svg.includes('>agent-kill'));
  t.false(svg.includes('NaN'));
});
