import { expected } from '@oneface/common/errors/errors';
import { parseSync } from 'oxc-parser';

/** A node of a syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a test may be called by: parts that stand in the title, and between them whatever a loop puts in. */
export type TitleParts = readonly string[];

/**
 * Finds the titles of the tests that a source file declares by `test(...)` and `test.serial(...)`. Those that
 * are skipped, to do or expected to fail are none, nor is a title that is all put together when the file runs.
 *
 * @param file its extension tells the language
 * @throws InputError if the source cannot be parsed
 */
export function testTitles(file: string, source: string): TitleParts[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw expected('a source that can be parsed', file, errors[0]?.message);
  const titles: TitleParts[] = [];
  walk(program, (node) => {
    if (node.type !== 'CallExpression' || !isTest(node.callee as Node)) return;
    const parts = partsOf((node.arguments as Node[])[0]);
    if (parts !== undefined) titles.push(parts);
  });
  return titles;
}

/** Whether the parts, with something between each two, make up a title. */
export function makeTitle(parts: TitleParts, title: string): boolean {
  const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+');
  return new RegExp(`^${pattern}$`, 's').test(title);
}

function isTest(callee: Node): boolean {
  if (callee.type === 'MemberExpression') {
    const { object, property } = callee as { object?: Node; property?: Node };
    return property?.name === 'serial' && object !== undefined && isTest(object);
  }
  return callee.type === 'Identifier' && callee.name === 'test';
}

function partsOf(title: Node | undefined): TitleParts | undefined {
  if (title?.type === 'Literal' && typeof title.value === 'string') return [title.value];
  if (title?.type !== 'TemplateLiteral') return undefined;
  const parts = (title.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
  // Of a title without any words of its own nothing is known.
  return parts.some((part) => /\w{3}/.test(part)) ? parts : undefined;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) walk(each, visit);
  } else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') visit(value as Node);
    for (const each of Object.values(value)) walk(each, visit);
  }
}
