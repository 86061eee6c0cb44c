import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path/posix';

/**
 * What the sources of a folder may import: `only` these packages besides each other, or all but what `never`
 * lists. With `named`, they may not even name that in a string.
 *
 * @typedef {{ folder: string, only?: string[], never?: string[], named?: boolean }} Rule
 */

/** @type {Rule[]} */
export const RULES = [
  {
    folder: 'src/common',
    // Each of them runs in any JavaScript engine: none needs a module of Node.
    only: [
      '@noble/curves',
      '@noble/hashes',
      '@scure/base',
      '@sinclair/typebox',
      'fast-png',
      'onnxruntime-common',
    ],
  },
  { folder: 'src/trainer', never: ['src/edge'], named: true },
  { folder: 'src/edge', never: ['src/trainer', '@tensorflow'], named: true },
  { folder: 'src/protocol', only: ['src/common', '@sinclair/typebox'] },
  { folder: 'deploy/first-light', never: ['src/trainer', 'src/edge'] },
  { folder: 'deploy/soak', never: ['src/trainer', 'src/edge'] },
];

/**
 * What a reference reaches that it must not, or undefined.
 *
 * @param {Rule} rule
 * @param {string} file that holds the reference, relative to the project
 * @param {{ specifier: string | undefined, imports: boolean }} reference
 * @returns {string | undefined}
 */
export function forbiddenTarget(rule, file, { specifier, imports }) {
  if (!imports && !rule.named) return undefined;
  if (specifier === undefined) return rule.only ? 'a module whose name is computed' : undefined;
  const target = targetOf(file, specifier);
  const isIn = (places) => places.some((place) => target === place || target.startsWith(`${place}/`));
  const allowed = rule.only ? isIn([rule.folder, ...rule.only]) : !isIn(rule.never ?? []);
  return allowed ? undefined : target;
}

/**
 * What a specifier stands for: a path from the project's folder, "node:NAME", or a package with its subpath.
 *
 * @param {string} file
 * @param {string} specifier
 */
function targetOf(file, specifier) {
  if (specifier.startsWith('.')) return join(dirname(file), specifier);
  if (specifier.startsWith('@oneface/')) return specifier.replace('@oneface/', 'src/');
  return builtinModules.includes(specifier) ? `node:${specifier}` : specifier;
}
