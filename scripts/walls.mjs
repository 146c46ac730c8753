import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { ROOT, filesOf, isMain } from './project.mjs';

/**
 * The walls between the rooms: who may import whom. Nothing imports upward.
 *
 *     e2e → nothing of ours      site → lessons, engine
 *     lessons → engine's types   engine → nothing of ours
 *
 * The lessons' tests and their command may run the engine. What the site and the lessons do must repeat, so neither
 * calls Math.random.
 */

const ROOMS = {
  engine: { imports: [], types: [] },
  lessons: { imports: [], types: ['engine'], tests: ['engine'], cli: ['engine'], random: false },
  site: { imports: ['engine', 'lessons'], types: [], random: false },
  e2e: { imports: [], types: [] },
};

const SOURCE = /\.(ts|js|mjs|svelte)$/;
const isTest = (file) => /\.test\.(ts|mjs|js)$/.test(file);
const isCommand = (file) => file.split(sep).includes('cli');

/** The script of a Svelte file alone, at its place: all else becomes blanks. */
function scriptsOf(text) {
  let out = '';
  let end = 0;
  const blank = (part) => part.replace(/[^\n]/g, ' ');
  for (const match of text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)) {
    const from = match.index + match[1].length;
    out += blank(text.slice(end, from)) + match[2];
    end = from + match[2].length;
  }
  return out + blank(text.slice(end));
}

const isText = (node) => node !== undefined && ts.isStringLiteralLike(node);

/** What the module asks of others, and where it calls Math.random. */
function read(file, text) {
  const source = ts.createSourceFile(
    file,
    file.endsWith('.svelte') ? scriptsOf(text) : text,
    ts.ScriptTarget.Latest,
    false,
    file.endsWith('.ts') || file.endsWith('.svelte') ? ts.ScriptKind.TS : ts.ScriptKind.JS,
  );
  const imports = [];
  const random = [];
  const line = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const add = (node, target, typeOnly) =>
    imports.push({ line: line(node), target: target.text, typeOnly });

  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      // `import { type A }` still loads the module; only `import type` does not.
      add(node, node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node, node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const called = node.expression.getText(source);
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || called === 'require') {
        if (isText(first)) add(node, first, false);
      } else if (called === 'import.meta.glob' || called === 'import.meta.resolve') {
        const patterns = ts.isArrayLiteralExpression(first) ? first.elements : [first];
        patterns.filter(isText).forEach((pattern) => add(node, pattern, false));
      }
    } else if (
      (ts.isPropertyAccessExpression(node) && node.name.text === 'random') ||
      (ts.isElementAccessExpression(node) &&
        isText(node.argumentExpression) &&
        node.argumentExpression.text === 'random')
    ) {
      if (node.expression.getText(source) === 'Math') random.push({ line: line(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, random };
}

/** The room that an import leads to; another top-level name for a file outside of the rooms. */
function roomOf(root, file, target) {
  const [, name] = /^@pagewalk\/([^/]+)/.exec(target) ?? [];
  if (name !== undefined) return name;
  if (!target.startsWith('.')) return undefined;
  const path = relative(root, resolve(dirname(file), target)).split(sep);
  return path[0] === '..' ? undefined : path[0];
}

function problemOf(room, file, { target, typeOnly }, to) {
  const rule = ROOMS[room];
  if (to === undefined || to === room || rule.imports.includes(to)) return undefined;
  if (isTest(file) && rule.tests?.includes(to)) return undefined;
  if (isCommand(file) && rule.cli?.includes(to)) return undefined;
  if (rule.types.includes(to)) {
    return typeOnly ? undefined : `imports '${target}': of ${to}, ${room} may import types only`;
  }
  return `imports '${target}': ${room} may not import from ${to}`;
}

/** Everything that crosses a wall, each as `file:line: what is wrong`; and how much was read. */
export function checkWalls(root = ROOT) {
  const problems = [];
  let count = 0;
  for (const room of Object.keys(ROOMS)) {
    for (const file of filesOf([resolve(root, room)]).filter((name) => SOURCE.test(name))) {
      count++;
      const at = relative(root, file).split(sep).join('/');
      const { imports, random } = read(file, readFileSync(file, 'utf8'));
      for (const found of imports) {
        const problem = problemOf(room, file, found, roomOf(root, file, found.target));
        if (problem !== undefined) problems.push(`${at}:${found.line}: ${problem}`);
      }
      if (ROOMS[room].random !== false) continue;
      for (const found of random) {
        problems.push(`${at}:${found.line}: calls Math.random; take a seeded generator`);
      }
    }
  }
  return { problems, count };
}

if (isMain(import.meta.url)) {
  const { problems, count } = checkWalls();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`walls: ${count} files, nothing crosses`);
}
