import type { Command, CommandOption } from './command.js';

export const PROGRAM = 'oneface-trainer';

/** The text of `oneface-trainer --help`. */
export function programHelp(commands: readonly Pick<Command, 'name' | 'summary'>[]): string {
  return [
    `Usage: ${PROGRAM} COMMAND [OPTIONS]`,
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    `${PROGRAM} COMMAND --help tells more about one.`,
    '',
  ].join('\n');
}

/** The text of `oneface-trainer COMMAND --help`. */
export function commandHelp({ name, usage, summary, options }: Command): string {
  const rows = Object.entries(options).map(([option, spec]): [string, string] => [
    optionName(option, spec),
    optionText(spec),
  ]);
  return [
    `Usage: ${PROGRAM} ${name} ${usage}`.trimEnd(),
    '',
    summary,
    '',
    'Options:',
    ...columns([...rows, ['-h, --help', 'Shows this text.']]),
    '',
  ].join('\n');
}

function optionName(name: string, { short, value }: CommandOption): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function optionText({ description, multiple, default: fallback }: CommandOption): string {
  const notes = [
    ...(multiple ? ['may be given more than once'] : []),
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
