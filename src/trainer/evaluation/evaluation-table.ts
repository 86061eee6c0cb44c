import type { Evaluation, ModelResult } from './evaluate.js';

/**
 * An evaluation as a Markdown table that also reads well as plain text: a row per class, IoU in percent, a
 * column per model, and what each further model gains or loses against the first one in points.
 */
export function evaluationTable(evaluation: Evaluation): string {
  const { dataset, classSet, classes, models } = evaluation;
  const [first, ...others] = models;
  const metrics: [name: string, of: (model: ModelResult) => number | null][] = [
    ...classes.map((name, label): (typeof metrics)[number] => [name, ({ iou }) => iou[label]]),
    ['mean (mIoU)', ({ meanIou }) => meanIou],
    ['frequency-weighted', ({ frequencyWeightedIou }) => frequencyWeightedIou],
    ['pixel accuracy', ({ pixelAccuracy }) => pixelAccuracy],
  ];
  const rows = [
    ['IoU in %', ...models.map(({ name }) => name), ...others.map(({ name }) => `${name} - ${first.name}`)],
    ...metrics.map(([name, of]) => [
      name,
      ...models.map((model) => percent(of(model))),
      ...others.map((model) => points(of(first), of(model))),
    ]),
  ];
  const counted = `${dataset.pictures} ${dataset.pictures === 1 ? 'picture' : 'pictures'}`;
  return `${classSet} on ${dataset.name}, ${counted}\n\n${markdown(rows)}`;
}

function percent(value: number | null): string {
  return value === null ? '-' : (100 * value).toFixed(2);
}

function points(from: number | null, to: number | null): string {
  if (from === null || to === null) return '-';
  const difference = (100 * (to - from)).toFixed(2);
  if (Number(difference) === 0) return '0.00';
  return to > from ? `+${difference}` : difference;
}

function markdown([head, ...body]: readonly string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const aligned = (row: readonly string[]) =>
    line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))));
  const rule = line(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  return aligned(head) + rule + body.map(aligned).join('');
}
