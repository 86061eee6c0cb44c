import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { type Page, page, readPages } from './pages.js';

const LINK = /\]\((?<target>[^)\s]+)\)/g;
/** Paths in code style: from one of the project's folders, with nothing in them that stands for a name. */
const PATH = /`(?<path>(?:src|deploy|models|docs|tests)\/[\w./-]+)`/g;

for (const { path, prose } of readPages()) {
  test(`${path}: every link leads somewhere, and every path of the project that it names is there`, (t) => {
    const links = [...prose.matchAll(LINK)].map(({ groups }) => groups?.target ?? '');
    const paths = [...prose.matchAll(PATH)].map(({ groups }) => groups?.path ?? '');
    t.deepEqual(
      links.filter((link) => !/^https?:/.test(link) && !isThere(link, path)),
      [],
    );
    t.deepEqual(
      paths.filter((each) => !existsSync(projectFile(each))),
      [],
    );
  });
}

/** Whether a link of the page at `from` leads to a file and, if it says so, to a heading in it. */
function isThere(link: string, from: string): boolean {
  const [file = '', anchor] = link.split('#');
  const place = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(projectFile(place))) return false;
  return anchor === undefined || anchorsOf(page(place)).has(anchor);
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf({ prose }: Page): Set<string> {
  const headings = [...prose.matchAll(/^#+ (?<title>.+)$/gm)].map(({ groups }) => groups?.title ?? '');
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
