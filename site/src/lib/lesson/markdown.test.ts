import { expect, it } from 'vitest';
import { parseInline, parseMarkdown } from './markdown.ts';

const text = (value: string) => ({ kind: 'text', text: value });

it('paragraphs are parted by blank lines; a line break is a blank', () => {
  expect(parseMarkdown('One\ntwo.\n\nThree.')).toEqual([
    { kind: 'paragraph', children: [text('One two.')] },
    { kind: 'paragraph', children: [text('Three.')] },
  ]);
});

it('code, strength and emphasis stand inside a line; a lone asterisk is an asterisk', () => {
  expect(parseInline('a `0x1*2` **b *c*** 2 * 3 * 4 \\*')).toEqual([
    text('a '),
    { kind: 'code', text: '0x1*2' },
    text(' '),
    { kind: 'strong', children: [text('b '), { kind: 'em', children: [text('c')] }] },
    text(' 2 * 3 * 4 *'),
  ]);
});

it('HTML is text', () => {
  expect(parseInline('<b>x</b>')).toEqual([text('<b>x</b>')]);
});

it('a list may follow its introduction at once, and an item may run on', () => {
  expect(parseMarkdown('So:\n1. one\n   and on\n2. two')).toEqual([
    { kind: 'paragraph', children: [text('So:')] },
    { kind: 'list', ordered: true, items: [[text('one and on')], [text('two')]] },
  ]);
});

it('a table has a head and rows', () => {
  expect(parseMarkdown('| Address | Entry |\n| --- | ---: |\n| `0x8` | 2 |')).toEqual([
    {
      kind: 'table',
      head: [[text('Address')], [text('Entry')]],
      rows: [[[{ kind: 'code', text: '0x8' }], [text('2')]]],
    },
  ]);
});

it('fenced code is kept as it is', () => {
  expect(parseMarkdown('```\na  | b\n\n- c\n```\nEnd')).toEqual([
    { kind: 'code', text: 'a  | b\n\n- c' },
    { kind: 'paragraph', children: [text('End')] },
  ]);
});
