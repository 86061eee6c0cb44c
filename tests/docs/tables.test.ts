import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import { PRESETS } from '@oneface/trainer/pipeline/presets';
import { STAGES } from '@oneface/trainer/pipeline/stage-table';
import test from 'ava';
import { page, tableRows } from './pages.js';

const training = page('docs/10-train.md');

function plain(cell: string): string {
  return cell.replaceAll('`', '');
}

test('the page about training lists the stages in their order, and names the presets', (t) => {
  const listed = tableRows(training, 'stage').map(([name = '']) => plain(name));
  t.deepEqual(
    listed,
    STAGES.map(({ name }) => name),
  );
  for (const name of Object.keys(PRESETS)) t.true(training.prose.includes(`\`${name}\``), name);
});

test('the page about training numbers the classes as the class sets do', (t) => {
  const rows = tableRows(training, 'number');
  for (const [column, id] of (['face-10', 'face-3'] satisfies ClassSetId[]).entries()) {
    const names = rows.map((row) => row[column + 1]).filter((name) => name !== '');
    t.deepEqual(
      names,
      classSet(id).classes.map(({ name }) => name),
    );
  }
  t.deepEqual(
    rows.map(([number]) => number),
    rows.map((_, index) => String(index)),
  );
});
