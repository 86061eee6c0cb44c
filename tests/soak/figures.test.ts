import test from 'ava';
import type { Sample } from '../../deploy/soak/sample.js';
import { sampleAt } from './samples.js';
import { loadSoak } from './soak-modules.js';

const { memoryByLife } = await loadSoak<typeof import('../../deploy/soak/memory.js')>('memory');
const { csvLine, SAMPLE_COLUMNS } = await loadSoak<typeof import('../../deploy/soak/sample.js')>('sample');
const { readMetrics } = await loadSoak<typeof import('../../deploy/soak/scrape.js')>('scrape');

/** Two hours of one life; memory as a function of hours. */
function life(memory: (hours: number) => number): Sample[] {
  return Array.from({ length: 720 }, (_, index) => {
    const seconds = index * 10;
    return sampleAt(seconds, { residentMib: memory(seconds / 3600) });
  });
}

test('memory that goes up and down is flat', (t) => {
  const [memory] = memoryByLife(life((hours) => 90 + 5 * Math.sin(hours * 40)));
  t.true(memory.telling);
  t.false(memory.grew);
});

test('memory that rises by 10 MiB an hour has grown', (t) => {
  const [memory] = memoryByLife(life((hours) => 90 + 10 * hours + Math.sin(hours * 40)));
  t.true(memory.grew);
  t.true(Math.abs(memory.mibPerHour - 10) < 1);
});

test('the rise of the first two minutes says nothing', (t) => {
  const [memory] = memoryByLife(life((hours) => (hours < 1 / 30 ? 40 + 1500 * hours : 90)));
  t.is(memory.mibPerHour, 0);
  t.is(memory.firstQuarterMib, 90);
});

test('a short life cannot tell', (t) => {
  const [memory] = memoryByLife(life((hours) => 90 + 100 * hours).slice(0, 60));
  t.false(memory.telling);
  t.false(memory.grew);
});

test('lives of the agent are told apart', (t) => {
  const samples = [...life(() => 90), ...life(() => 120).map((sample) => ({ ...sample, life: 2 }))];
  t.deepEqual(
    memoryByLife(samples).map(({ life, lastQuarterMib }) => [life, lastQuarterMib]),
    [
      [1, 90],
      [2, 120],
    ],
  );
});

test("the agent's figures are read from Prometheus' text format", (t) => {
  const text = `# HELP oneface_outbox_messages Messages that wait for the broker.
# TYPE oneface_outbox_messages gauge
oneface_outbox_messages 12
oneface_outbox_bytes 34567
oneface_broker_connected 1
oneface_camera_state{state="starting"} 0
oneface_camera_state{state="online"} 1
oneface_outbox_dropped_total{kind="health"} 2
oneface_outbox_dropped_total{kind="event"} 3
`;
  t.deepEqual(readMetrics(text), {
    queueMessages: 12,
    queueBytes: 34567,
    connected: true,
    camera: 'online',
    dropped: 5,
  });
});

test('a text without the figures gives none', (t) => {
  t.is(readMetrics('up 1\n'), undefined);
});

test('a sample is one line of CSV with a field for each column, empty where nothing is known', (t) => {
  const line = csvLine(sampleAt(5, { residentMib: undefined, faults: ['slow', 'camera-kill'] }));
  t.is(line.split(',').length, SAMPLE_COLUMNS.length);
  t.regex(line, /^5,1,,/);
  t.regex(line, /,slow camera-kill$/);
});
