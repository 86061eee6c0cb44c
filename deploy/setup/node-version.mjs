import { expected } from './setup-error.mjs';

/**
 * Throws unless a version of Node lies in the range that package.json gives under "engines".
 *
 * @param {string} version such as "20.19.0"
 * @param {string} range caret ranges joined by "||", such as "^20.19.0 || ^22.12.0"
 */
export function checkNodeVersion(version, range) {
  const [major, ...rest] = numbers(version);
  const fits = range.split('||').some((alternative) => {
    const [lowestMajor, ...lowestRest] = numbers(alternative.trim().replace('^', ''));
    return major === lowestMajor && compare(rest, lowestRest) >= 0;
  });
  if (!fits) throw expected(range, 'the version of Node', version);
}

/** @param {string} version */
function numbers(version) {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function compare(a, b) {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : a[at] - b[at];
}
