import { describe, expect, test } from 'vitest';
import { Regex, RegexError } from '../../../src/console/tools/text/regex.ts';
import type { Dialect } from '../../../src/console/tools/text/regex.ts';

const find = (pattern: string, text: string, dialect: Dialect = 'egrep'): string[] | null => {
  const match = new Regex(pattern, dialect).exec(text);
  if (match === null) return null;
  return Array.from({ length: match.at.length / 2 }, (_, group) =>
    text.slice(Math.max(0, match.at[2 * group]!), Math.max(0, match.at[2 * group + 1]!)),
  );
};

describe('a regular expression', () => {
  test('finds the longest of the leftmost matches', () => {
    expect(find('a|ab|abc', 'xabcd')).toEqual(['abc']);
    expect(find('(a|ab)(c|bcd)(d*)', 'abcd')).toEqual(['abcd', 'a', 'bcd', '']);
  });

  test('takes the first alternative in the dialect of Perl', () => {
    expect(find('a|ab|abc', 'xabcd', 'perl')).toEqual(['a']);
    expect(find('<.+?>', '<a><b>', 'perl')).toEqual(['<a>']);
    expect(find('(?<=x)a(?!c)', 'acxab', 'perl')).toEqual(['a']);
  });

  test('knows what is an operator in which dialect', () => {
    expect(find('a+', 'aa+', 'grep')).toEqual(['a+']);
    expect(find('a\\+', 'aa+', 'grep')).toEqual(['aa']);
    expect(find('*a', '*a', 'grep')).toEqual(['*a']);
    expect(find('a{2}', 'aaa{2}', 'awk')).toEqual(['a{2}']);
    expect(() => new Regex('*a', 'esed')).toThrow('Invalid preceding regular expression');
    expect(find('a)', 'a)', 'bash')).toEqual(['a)']);
    expect(() => new Regex('a)', 'esed')).toThrow('Unmatched ) or \\)');
  });

  test('matches letters of several units whole, and no bytes that are no letters', () => {
    expect(find('^.$', '😀')).toEqual(['😀']);
    expect(find('^.$', '\udcff')).toBeNull();
    expect(find('[^a]', '\udcff')).toBeNull();
  });

  test('is quick however its repetitions are nested', () => {
    const long = `${'a'.repeat(65_536)}b`;
    for (const pattern of ['(a+)+$', '^((a*)*)*c', '(a|aa)*c', '.*.*.*x']) {
      const start = performance.now();
      expect(new Regex(pattern, 'egrep').test(long)).toBe(false);
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });

  test('gives up where back references would take too long', () => {
    const regex = new Regex('(a*)*\\1b\\1c', 'egrep');
    expect(() => regex.test('a'.repeat(300))).toThrow(RegexError);
    expect(find('^(.*)\\1$', 'abab')).toEqual(['abab', 'ab']);
  });
});
