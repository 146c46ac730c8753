import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Failure, ROOT, filesOf, isMain, main } from './project.mjs';

/**
 * What a page loads before it works, compressed: the scripts that its HTML names and all that these
 * import, and the WebAssembly that they ask for.
 */

const LIMITS = { js: 150_000, wasm: 60_000 };

const unique = (items) => [...new Set(items)];
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

const sizes = new Map();
function compressed(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(file), { level: 9 }).length);
  return sizes.get(file);
}

/** Files that a script names at its top (`from "./x.js"`), or asks for as it goes. */
function named(file) {
  const text = readFileSync(file, 'utf8');
  const at = (path) => resolve(dirname(file), path);
  return {
    imports: all(text, /(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g).map(at),
    later: all(text, /\bimport\(\s*["'`](\.[^"'`]+\.js)["'`]\s*\)/g).map(at),
    wasm: all(text, /([\w-][\w.-]*\.wasm)\b/g),
  };
}

/** The given scripts and all that they import. */
function closure(files) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    named(file).imports.forEach(visit);
  };
  files.forEach(visit);
  return [...seen];
}

function measure(root, page) {
  const html = readFileSync(page, 'utf8');
  const tags = html.match(/<(?:link|script)\b[^>]*>/g) ?? [];
  const links = tags.flatMap((tag) => {
    if (!/rel="?modulepreload|<script/.test(tag)) return [];
    return all(tag, /\b(?:href|src)="([^"]+\.js)"/g);
  });
  const started = all(html, /\bimport\(\s*["']([^"']+\.js)["']\s*\)/g);
  const at = (path) => (path.startsWith('/') ? join(root, path) : resolve(dirname(page), path));
  const scripts = closure(unique([...links, ...started].map(at)));
  // The start script of SvelteKit names every page of the site; the page at hand is preloaded.
  const later = scripts
    .filter((file) => !file.includes(`${sep}entry${sep}`))
    .flatMap((file) => named(file).later);
  const names = unique([...scripts, ...closure(later)].flatMap((file) => named(file).wasm));
  const binaries = filesOf([root], []).filter((file) =>
    names.some((name) => file.endsWith(sep + name)),
  );
  const sum = (files) => files.reduce((total, file) => total + compressed(file), 0);
  return { files: scripts.length, js: sum(scripts), wasm: sum(binaries) };
}

/** One row for each page of a built site, and what is over its limit. */
export function checkBudget(root = join(ROOT, 'site', 'build')) {
  const pages = filesOf([root], []).filter((file) => file.endsWith('.html'));
  if (pages.length === 0) throw new Failure(`${root}: no page is built`);
  const rows = pages.map((page) => ({
    page: `/${relative(root, page).split(sep).join('/')}`.replace(/index\.html$/, ''),
    ...measure(root, page),
  }));
  const problems = rows.flatMap((row) =>
    Object.entries(LIMITS)
      .filter(([kind, limit]) => row[kind] > limit)
      .map(
        ([kind, limit]) => `${row.page}: ${kb(row[kind])} of ${kind}; ${kb(limit)} is the limit`,
      ),
  );
  return { rows, problems };
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

function print(rows) {
  const lines = [
    ['page', 'scripts', 'JS', 'WASM'],
    ...rows.map(({ page, files, js, wasm }) => [page, String(files), kb(js), kb(wasm)]),
    ['limit', '', kb(LIMITS.js), kb(LIMITS.wasm)],
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    console.log(cells.join('  '));
  }
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const { rows, problems } = checkBudget(process.argv[2]);
    console.log('First load, compressed (gzip -9)');
    print(rows);
    if (problems.length > 0) throw new Failure(problems.join('\n'));
  });
}
