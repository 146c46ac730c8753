/**
 * The little Markdown that generated exercises are written in: paragraphs, lists, tables, code and
 * emphasis; no HTML. The prose of lessons is compiled when the site is built, but exercises are made
 * in the browser, and the whole parser would weigh more there than all the rest of the page.
 */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong'; children: Inline[] }
  | { kind: 'em'; children: Inline[] };

export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] };

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*(?!\*)|\*([^*\s](?:[^*]*[^*\s])?)\*|\\([\\`*_|])/g;

export function parseInline(source: string): Inline[] {
  const found: Inline[] = [];
  const text = (piece: string): void => {
    if (piece === '') return;
    const last = found.at(-1);
    if (last?.kind === 'text') last.text += piece;
    else found.push({ kind: 'text', text: piece });
  };
  let from = 0;
  for (const match of source.matchAll(INLINE)) {
    const [whole, code, strong, em, escaped] = match;
    text(source.slice(from, match.index));
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', children: parseInline(strong) });
    else if (em !== undefined) found.push({ kind: 'em', children: parseInline(em) });
    else text(escaped ?? whole);
    from = match.index + whole.length;
  }
  text(source.slice(from));
  return found;
}

const ITEM = /^\s*(?:[-*]|(\d+)[.)])\s+(.*)$/;
const RULE = /^\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$/;

const cells = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => parseInline(cell.trim()));

function parseList(lines: readonly string[]): Block {
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push(item[2] ?? '');
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  const ordered = ITEM.exec(lines[0] ?? '')?.[1] !== undefined;
  return { kind: 'list', ordered, items: items.map(parseInline) };
}

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const parts = source.split(/(^```.*\n[\s\S]*?^```[ \t]*$)/m);
  for (const part of parts) {
    const fenced = /^```.*\n([\s\S]*?)\n?```[ \t]*$/.exec(part);
    if (fenced) {
      blocks.push({ kind: 'code', text: fenced[1] ?? '' });
      continue;
    }
    for (const chunk of part.split(/\n[ \t]*\n/)) {
      const lines = chunk.split('\n').filter((line) => line.trim() !== '');
      const [first, second] = lines;
      if (first === undefined) continue;
      if (second !== undefined && first.includes('|') && RULE.test(second)) {
        blocks.push({ kind: 'table', head: cells(first), rows: lines.slice(2).map(cells) });
        continue;
      }
      const list = lines.findIndex((line) => ITEM.test(line));
      const words = list < 0 ? lines : lines.slice(0, list);
      if (words.length > 0) {
        blocks.push({ kind: 'paragraph', children: parseInline(words.join(' ')) });
      }
      if (list >= 0) blocks.push(parseList(lines.slice(list)));
    }
  }
  return blocks;
}
