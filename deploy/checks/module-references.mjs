import { parseSync } from 'oxc-parser';

/**
 * @typedef {object} Reference
 * @property {string | undefined} specifier undefined if it is computed when the program runs
 * @property {boolean} imports false for a string that stands somewhere else than in an import
 * @property {number} line counted from 1
 */

/**
 * Finds everything in a source file that names a module: static, type-only and dynamic imports, re-exports,
 * `import x = require()`, `import('x').Type`, module augmentations, triple-slash references, `require` and
 * whatever `createRequire` returned. All other strings come too, with `imports` false: a path may reach a
 * loader by ways that no reader of syntax can follow.
 *
 * @param {string} file its extension tells the language
 * @param {string} source
 * @returns {Reference[]}
 * @throws {SyntaxError} if the source cannot be parsed
 */
export function moduleReferences(file, source) {
  const { program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);

  const requires = requireNames(program);
  const references = new Map();
  const add = (node, specifier, imports) => {
    const line = source.slice(0, node.start).split('\n').length;
    // A sum begins where its first string does: the two are one reference.
    const key = `${node.start} ${specifier}`;
    if (imports || !references.has(key)) references.set(key, { specifier, imports, line });
  };

  walk(program, (node) => {
    const text = textOf(node);
    if (text !== undefined) add(node, text, false);
    const target = importTarget(node, requires);
    if (target) add(target, textOf(target), true);
  });
  for (const comment of comments) {
    const [, specifier] =
      /^\/\s*<reference\s+(?:path|types)\s*=\s*["']([^"']+)["']/.exec(comment.value) ?? [];
    if (specifier !== undefined) add(comment, specifier, true);
  }
  return [...references.values()];
}

/**
 * The node that names the module, if this node loads one.
 *
 * @param {any} node
 * @param {Set<string>} requires names of functions that load a module
 */
function importTarget(node, requires) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source;
    case 'TSExternalModuleReference':
      return node.expression;
    case 'TSModuleDeclaration':
      return node.id.type === 'Literal' ? node.id : undefined;
    case 'CallExpression':
      return loadsModule(node.callee, requires) ? (node.arguments[0] ?? node) : undefined;
    default:
      return undefined;
  }
}

/**
 * @param {any} callee
 * @param {Set<string>} requires
 */
function loadsModule(callee, requires) {
  if (callee.type === 'Identifier') return requires.has(callee.name);
  return isCreateRequire(callee) || propertyName(callee) === 'getBuiltinModule';
}

/** @param {any} program */
function requireNames(program) {
  const names = new Set(['require']);
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator' && isCreateRequire(node.init)) names.add(node.id.name);
  });
  return names;
}

/** @param {any} node */
function isCreateRequire(node) {
  if (node?.type !== 'CallExpression') return false;
  return node.callee.name === 'createRequire' || propertyName(node.callee) === 'createRequire';
}

/** @param {any} node */
function propertyName(node) {
  return node.type === 'MemberExpression' ? (node.property.name ?? node.property.value) : undefined;
}

/**
 * The text of a string, or the known beginning of one that is put together when the program runs.
 *
 * @param {any} node
 */
function textOf(node) {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'BinaryExpression') return textOf(node.left);
  if (node.type === 'TemplateLiteral') return node.quasis[0].value.cooked || undefined;
  return undefined;
}

/**
 * @param {any} node
 * @param {(node: any) => void} visit
 */
function walk(node, visit) {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit);
  } else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') visit(node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}
