import process from 'node:process';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import fc from 'fast-check';
import type { DiskCall, DiskFault, TornEnd } from './support/simulated-disk.js';
import { Trial } from './support/trial.js';

type Step =
  | {
      readonly do: 'event' | 'health' | 'take' | 'release' | 'kill' | 'close' | 'full' | 'read-only' | 'heal';
    }
  | { readonly do: 'settle'; readonly which: number }
  | { readonly do: 'power'; readonly end: TornEnd }
  | {
      readonly do: 'fault';
      readonly fault: DiskFault;
      readonly on: DiskCall['name'] | 'any';
      readonly after: number;
      readonly lasting: boolean;
    }
  | {
      readonly do: 'damage';
      readonly file: number;
      readonly at: number;
      readonly bytes: number;
      readonly with: Damage;
    }
  | { readonly do: 'wait'; readonly seconds: number };
type Damage = 'flip' | 'zeros' | 'noise' | 'empty';

const plain: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Step>({ do: 'event' }, { do: 'take' }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'health' }, { do: 'release' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(100) }) },
);
const ends: fc.Arbitrary<Step> = fc.constantFrom<Step>({ do: 'kill' }, { do: 'close' });
const power: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('power' as const),
  end: fc.constantFrom<TornEnd>('short', 'zeros', 'noise'),
});
const killInCall: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('fault' as const),
  fault: fc.constant<DiskFault>('kill'),
  on: fc.constant('any' as const),
  after: fc.nat(12),
  lasting: fc.constant(false),
});
const callNames = fc.constantFrom<DiskCall['name'] | 'any'>(
  'any',
  'any',
  'sync',
  'sync',
  'write',
  'rename',
  'truncate',
  'remove',
  'syncFolder',
  'read',
);
const errors: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<DiskFault>({ code: 'EIO' }, { code: 'ENOSPC' }, { code: 'EACCES' }, 'short'),
      on: callNames,
      after: fc.nat(4),
      lasting: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'full' }, { do: 'read-only' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'heal' }) },
);

const damage: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('damage' as const),
  file: fc.nat(20),
  at: fc.nat(),
  bytes: fc.integer({ min: 1, max: 5000 }),
  with: fc.constantFrom<Damage>('flip', 'flip', 'zeros', 'noise', 'empty'),
});

async function run(trial: Trial, steps: readonly Step[]): Promise<void> {
  await trial.open();
  for (const [id, step] of steps.entries()) {
    if (!trial.isOpen) await trial.open();
    if (step.do === 'fault') trial.disk.choose = chooser(step);
    else if (step.do === 'heal') await trial.heal();
    else if (step.do === 'full') trial.disk.capacity = trial.disk.bytes + 100;
    else if (step.do === 'read-only') trial.disk.readOnly = true;
    else if (step.do === 'wait') await trial.time.advance(1000 * step.seconds);
    else if (step.do === 'power') trial.losePower(step.end);
    else if (step.do === 'damage') spoil(trial, step);
    else if (step.do === 'kill' || !trial.isOpen) trial.kill();
    else if (step.do === 'close') await trial.close();
    else if (step.do === 'event') await trial.addEvent(id);
    else if (step.do === 'health') await trial.addHealth();
    else if (step.do === 'take') await trial.take();
    else if (step.do === 'settle') await trial.settle(step.which);
    else trial.release();
    if (trial.disk.wasKilled) trial.kill();
  }
  await trial.drain();
  await trial.addEvent(1_000_000);
  await trial.drain();
  trial.finish();
  trial.judgeGaps(1_000_000);
}

/** Damages a file between two lives of the outbox. */
function spoil(trial: Trial, step: Step & { do: 'damage' }): void {
  trial.kill();
  const files = trial.disk.files();
  const { name, bytes } = files[step.file % files.length];
  const spoilt = Buffer.from(bytes);
  const start = step.at % (bytes.length + 1);
  const range = spoilt.subarray(start, start + step.bytes);
  if (step.with === 'flip' && start < spoilt.length) spoilt[start] ^= 1 << (step.bytes % 8);
  else if (step.with === 'zeros') range.fill(0);
  else if (step.with === 'noise')
    range.set(Buffer.from(range).map((byte, index) => byte ^ (index * 37 + 11)));
  trial.disk.replace(name, step.with === 'empty' ? Buffer.alloc(0) : spoilt);
}

function chooser({ fault, on, after, lasting }: Step & { do: 'fault' }) {
  let calls = 0;
  return ({ name }: DiskCall): DiskFault | undefined => {
    if (on !== 'any' && on !== name) return undefined;
    calls += 1;
    return calls === after + 1 || (lasting && calls > after) ? fault : undefined;
  };
}

/** The long form: ONEFACE_OUTBOX_RUNS=2000 npx ava --timeout=60m tests/outbox/durable-outbox-model.test.ts */
const runs = Number(process.env.ONEFACE_OUTBOX_RUNS ?? 40);

/** Small ones, and some of which few make a segment. */
const payloads = fc.constantFrom(50, 4000, 15_000);
const longArrays = (steps: fc.Arbitrary<Step>) => fc.array(steps, { maxLength: 150, size: 'max' });

function property(
  name: string,
  steps: fc.Arbitrary<Step>,
  judge: (trial: Trial) => string[],
  sync: 'always' | 'interval' = 'always',
): void {
  test(name, async (t) => {
    const holds = fc.assert(
      fc.asyncProperty(longArrays(steps), fc.integer(), payloads, async (actions, seed, payloadBytes) => {
        const trial = new Trial({ random: randomAt(seed, 'disk'), sync, payloadBytes });
        await run(trial, actions);
        const wrong = [...trial.faults, ...judge(trial)];
        if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${trial.logged.join('\n')}`);
      }),
      { numRuns: runs, includeErrorInReport: true },
    );
    await t.notThrowsAsync(holds);
  });
}

const nothingLost = (trial: Trial) => {
  const lost = trial.missing().filter(({ excused }) => !excused);
  // Each message that was dropped was counted.
  return lost.length <= trial.droppedEvents
    ? []
    : lost.map(({ position }) => `${position?.sequence} is lost`);
};
/** A log that can go on keeps its id. */
const oneLog = (trial: Trial) => (trial.keptLogs.size === 1 ? [] : [`${trial.keptLogs.size} logs were kept`]);
const noRepeats = (trial: Trial) => trial.repeatedThoughSettled.map((id) => `event ${id} comes again`);
const noGaps = (trial: Trial) =>
  trial.gaps() <= trial.droppedEvents ? [] : [`${trial.gaps()} numbers are left out`];

property(
  'a process killed at any moment, between any two calls to the disk, loses nothing and leaves no number out',
  fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 2, arbitrary: ends },
    { weight: 2, arbitrary: killInCall },
  ),
  (trial) => [...nothingLost(trial), ...noGaps(trial), ...oneLog(trial)],
);

property(
  'what is settled does not come again in a later life, and leaves no files behind',
  fc.oneof({ weight: 20, arbitrary: plain }, { weight: 2, arbitrary: ends }),
  (trial) => [...noRepeats(trial), ...(trial.filesAtEnd > 6 ? [`${trial.filesAtEnd} files are left`] : [])],
);

property(
  'a loss of power at any moment loses nothing that was taken, and no number is given twice',
  fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 1, arbitrary: ends },
    { weight: 1, arbitrary: killInCall },
    { weight: 2, arbitrary: power },
  ),
  nothingLost,
);

property(
  'with fsync at intervals, a loss of power still never has a number given twice',
  fc.oneof({ weight: 20, arbitrary: plain }, { weight: 1, arbitrary: ends }, { weight: 2, arbitrary: power }),
  nothingLost,
  'interval',
);

property(
  'whatever the disk does, what was taken comes out and no number is given twice',
  fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 1, arbitrary: ends },
    { weight: 1, arbitrary: killInCall },
    { weight: 1, arbitrary: power },
    { weight: 6, arbitrary: errors },
  ),
  nothingLost,
);

property(
  'a disk that fails and works again goes on with the same log and leaves no number out',
  fc.oneof({ weight: 12, arbitrary: plain }, { weight: 5, arbitrary: errors }),
  (trial) => [...nothingLost(trial), ...noGaps(trial), ...oneLog(trial)],
);

property(
  'whatever is damaged on disk, what is lost shows as a gap and no number is given twice',
  fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 1, arbitrary: ends },
    { weight: 1, arbitrary: damage },
  ),
  () => [],
);
