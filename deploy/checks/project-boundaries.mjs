import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forbiddenTarget, RULES } from './boundary-rules.mjs';
import { moduleReferences } from './module-references.mjs';

/**
 * Judges all sources and package.json files of a project by the rules.
 *
 * @param {string} root the project's folder
 * @returns {{ files: number, violations: string[] }} how many sources there are, and what is wrong with them
 * @throws {SyntaxError} if a source cannot be parsed
 */
export function judgeProject(root) {
  const violations = [];
  let count = 0;
  for (const rule of RULES) {
    const files = sourceFiles(root, rule.folder);
    count += files.length;
    // Without sources the check would prove nothing.
    if (files.length === 0) violations.push(`${rule.folder}: holds no sources`);
    for (const file of files) violations.push(...judgeFile(root, rule, file));
    violations.push(...judgeDependencies(root, rule));
  }
  return { files: count, violations };
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]} paths from the project's folder
 */
function sourceFiles(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file))
    .map((file) => `${folder}/${file}`)
    .sort();
}

/**
 * @param {string} root
 * @param {import('./boundary-rules.mjs').Rule} rule
 * @param {string} file
 */
function judgeFile(root, rule, file) {
  return moduleReferences(file, readFileSync(join(root, file), 'utf8')).flatMap((reference) => {
    const target = forbiddenTarget(rule, file, reference);
    const verb = reference.imports ? 'imports' : 'names';
    return target ? [`${file}:${reference.line}: ${verb} ${target}`] : [];
  });
}

/**
 * @param {string} root
 * @param {import('./boundary-rules.mjs').Rule} rule
 */
function judgeDependencies(root, rule) {
  const file = `${rule.folder}/package.json`;
  if (!existsSync(join(root, file))) return [];
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  return Object.keys(dependencies).flatMap((specifier) => {
    const target = forbiddenTarget(rule, file, { specifier, imports: true });
    return target ? [`${file}: depends on ${target}`] : [];
  });
}
