import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * No lesson has a number about memory that neither the engine computed nor a source backs. A paragraph with a number
 * of its own has to cite, or the paragraph it follows from does; what only names a thing needs no source: an address,
 * a bit, a level, a size of page, a lesson.
 */

const ROOM = import.meta.dirname;
const TEXTS = readdirSync(ROOM)
  .filter((name) => /^\d+-/.test(name))
  .flatMap((name) => ['en', 'zh'].map((locale) => `${name}/${locale}.md`));

/** Numbers that are names. */
const NAMES = [
  /0x[0-9a-f]+/gi,
  /`[^`]*`/g,
  /\bbits? \d+(?::\d+|(?:, \d+)*(?: and \d+)?)?/gi,
  /\d+:\d+( 位)?/g,
  /第 ?\d+ ?[位级课页步]/g,
  /\b(?:level|lesson|page|entry|PDE|CR|L|exit) ?-?\d+/gi,
  /\b(?:CR\d|PML\d|LA\d+|x86-64|Linux \d\.\d+|QEMU \d\.\d|Debian \d+|INVLPG)\b/g,
  /\d+ ?(?:KiB|MiB|GiB|TiB)/g,
  /2[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g,
  /\b(?:19|20)\d\d\b( 年)?/g,
  /^\| *\d+(?:[,，] ?(?:\d+|[A-Z/]+))*.*$/gm,
];

const plain = (text: string): string => {
  let left = text
    // What directives say of themselves, and the words of a source.
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/:(?:src|try)\[[^\]]*\]/g, '');
  for (const name of NAMES) left = left.replaceAll(name, '');
  return left;
};

/** Paragraphs with a number of two digits or more, which nothing backs. */
function unbacked(markdown: string): string[] {
  const [, body = ''] = /^---\n[\s\S]*?\n---\n([\s\S]*?):::sources/.exec(markdown) ?? [];
  return body
    .split(/\n(?=#)/)
    .flatMap((section) => section.split(/\n{2,}/).map((text) => ({ text, section })))
    .filter(({ text }) => /\d{2,}/.test(plain(text)))
    .filter(({ section }) => !section.includes(':src['))
    .map(({ text }) => text.replaceAll('\n', ' ').slice(0, 160));
}

describe.each(TEXTS)('%s', (file) => {
  it('has no number that neither the engine nor a source gives', () => {
    expect(unbacked(readFileSync(join(ROOM, file), 'utf8'))).toEqual([]);
  });
});

it('finds a number that somebody typed in', () => {
  const text = (line: string): string => `---\ntitle: x\n---\n\n## One\n\n${line}\n\n:::sources\n`;
  expect(unbacked(text('A walk makes 24 references.'))).toHaveLength(1);
  expect(unbacked(text('A walk makes :refs{state=cold} references.'))).toEqual([]);
  expect(unbacked(text('A walk makes 24 references. :src[SDM]{}'))).toEqual([]);
  expect(unbacked(text('Bits 47:39 choose an entry of a 4 KiB page at 0x400000.'))).toEqual([]);
});
