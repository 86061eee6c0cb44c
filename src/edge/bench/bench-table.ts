import type { BenchReport } from './bench.js';
import { BENCH_STAGES } from './stages.js';

const STAGE_WIDTH = 9;
const NUMBER_WIDTH = 10;

/** The report as tables for people. */
export function benchTable({ device, frames, events, faces, start, stages, memory }: BenchReport): string {
  const row = (...cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(STAGE_WIDTH) : cell.padStart(NUMBER_WIDTH)))
      .join('');
  const milliseconds = (value: number) => value.toFixed(2);
  const lines = [
    `${frames} frames, ${faces} faces, ${events} events`,
    `${device.processor}, ${device.platform}-${device.arch}, Node ${device.node}, ${device.cores} of its cores used`,
    '',
    row('ms', 'p50', 'p95', 'p99', 'most'),
  ];
  for (const stage of BENCH_STAGES) {
    const figures = stages[stage];
    if (figures === undefined) continue;
    const { p50, p95, p99, most } = figures;
    lines.push(row(stage, ...[p50, p95, p99, most].map(milliseconds)));
  }
  const slope = memory.mibPerThousandFrames;
  lines.push(
    '',
    `start to first event   ${start.median.toFixed(0)} ms (median of ${start.starts}), ${start.most.toFixed(0)} ms at most`,
    `resident memory        ${memory.start.toFixed(1)} MiB loaded, ${memory.peak.toFixed(1)} MiB at most, ${memory.end.toFixed(1)} MiB at the end`,
    `growth                 ${slope === undefined ? 'too few frames to tell' : `${slope.toFixed(3)} MiB per 1000 frames`}`,
    ...(memory.perThousand.length > 0
      ? [`each 1000 frames       ${memory.perThousand.map((mib) => mib.toFixed(1)).join(' ')} MiB`]
      : []),
  );
  return `${lines.join('\n')}\n`;
}
