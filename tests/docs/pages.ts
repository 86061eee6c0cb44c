import { readdirSync, readFileSync } from 'node:fs';
import { projectFile } from '../support/paths.js';

/** A fenced block of a page: "```sh", or "```json FILE" for what the reader is to write into FILE. */
export interface Block {
  readonly language: string;
  readonly file: string | undefined;
  readonly text: string;
}

/** A page of the documentation. */
export interface Page {
  /** Path from the root of the project. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** The page without its fenced blocks. */
  readonly prose: string;
}

const FENCE = /^```(?<language>\S*)[ ]?(?<file>.*)\n(?<text>[\s\S]*?)^```$/gm;

/** Every page that users read, in the order in which they read them. */
export function readPages(): readonly Page[] {
  const numbered = readdirSync(projectFile('docs')).filter((name) => name.endsWith('.md'));
  const cards = readdirSync(projectFile('models'), { recursive: true, encoding: 'utf8' });
  return [
    'README.md',
    ...numbered.sort().map((name) => `docs/${name}`),
    ...cards
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `models/${name}`),
    'CHANGELOG.md',
  ].map(readPage);
}

function readPage(path: string): Page {
  const text = readFileSync(projectFile(path), 'utf8');
  const blocks = [...text.matchAll(FENCE)].map(({ groups }): Block => {
    const { language = '', file, text: content = '' } = groups ?? {};
    return { language, file: file || undefined, text: content };
  });
  return { path, blocks, prose: text.replaceAll(FENCE, '') };
}

/** The page with that path. */
export function page(path: string): Page {
  return readPage(path);
}

/** The commands of a shell block, one a line, without comments. */
export function commandsOf({ text }: Block): string[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trim())
    .filter((line) => line !== '');
}

/** The rows of a page's table, without its head, each cell without the space around it. */
export function tableRows({ prose }: Page, firstHeading: string): string[][] {
  const lines = prose.split('\n').map((line) => line.trim());
  const head = lines.findIndex((line) => cells(line)[0] === firstHeading);
  if (head < 0) throw new Error(`No table begins with "${firstHeading}"`);
  const end = lines.findIndex((line, index) => index > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map(cells);
}

function cells(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
