import type { VisionFigures } from './vision.js';
import { CHANGES } from './vision-changes.js';

const NAME_WIDTH = 22;
const NUMBER_WIDTH = 11;

/** The figures as a table for people. */
export function visionTable({ frames, search, tracking, consistency, groups }: VisionFigures): string {
  const lines = [
    `${frames} frames`,
    '',
    row('', 'found', 'faces', 'passes', 'ms'),
    row(
      'full search',
      percent(search.found),
      fixed(search.faces),
      fixed(search.passes),
      fixed(search.milliseconds),
    ),
    row(
      'tracking for a second',
      percent(tracking.found),
      fixed(tracking.faces),
      fixed(tracking.passes),
      fixed(tracking.milliseconds),
    ),
    row('frames to first find', '', fixed(tracking.framesToFind)),
    '',
    row('copies', 'found', 'IoU'),
    ...CHANGES.map((change) =>
      row(change, percent(consistency[change].found), percent(consistency[change].meanIou)),
    ),
  ];
  const names = Object.keys(groups);
  if (names.length > 0) {
    lines.push('', row('group', 'faces', 'found', 'tracked', 'wrong', 'repeated', 'error', 'part IoU'));
    for (const name of names) {
      const group = groups[name];
      lines.push(
        row(
          name,
          String(group.faces),
          percent(group.found),
          percent(group.foundInTracking),
          String(group.wrong),
          String(group.repeated),
          fixed(group.landmarkError),
          percent(group.meanPartIou),
        ),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function row(name: string, ...cells: readonly string[]): string {
  return (name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(NUMBER_WIDTH)).join('')).trimEnd();
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(1)} %`;
}

function fixed(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}
