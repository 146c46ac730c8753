import { describe, expect, it } from 'vitest';
import { Announcer } from './announce.ts';
import { guestCalled, outputOf } from './blocks.ts';
import type { Entry } from './blocks.ts';
import { commonStart, complete } from './completion.ts';
import { EDITS, deleteForward, isFirstLine, isLastLine } from './editing.ts';
import { History } from './history.ts';
import { cardMessages } from './card-messages.ts';
import { consoleMessages } from './messages.ts';
import type { Domain, Piece, Vocabulary } from './model.ts';
import { numbersIn } from './numbers.ts';
import { QUANTITIES } from './quantities.ts';

const words: Vocabulary = {
  programs: () => ['free', 'find', 'echo', 'virsh', 'watch'],
  files: (folder) =>
    ({ '': ['disk.xml', 'my file', '.profile', 'images/'], '/proc/': ['meminfo', 'self/'] })[
      folder
    ] ?? [],
  virsh: () => [
    { name: 'list', options: [{ name: 'all', takesValue: false }] },
    { name: 'define', options: [{ name: 'file', takesValue: true }] },
    {
      name: 'setmem',
      options: [
        { name: 'domain', takesValue: true },
        { name: 'size', takesValue: true },
        { name: 'live', takesValue: false },
      ],
    },
  ],
};
const domain = (name: string): Domain => ({
  id: 1,
  name,
  state: 'running',
  memoryKiB: 1,
  maxKiB: 1,
  vcpus: 1,
  isUp: false,
  autostart: false,
  persistent: true,
  cpuMs: 0,
});
const at = (line: string, reader: 'shell' | 'virsh' | 'guest' = 'shell') =>
  complete(line, line.length, reader, words, [domain('web'), domain('db')]).items;

describe('completion', () => {
  it('knows commands where a command begins, and files after it', () => {
    expect(at('f')).toEqual(['find', 'free']);
    expect(at('echo a | f')).toEqual(['find', 'free']);
    expect(at('for i in 1; do f')).toEqual(['find', 'free']);
    expect(at('watch -n1 fr')).toEqual(['free']);
    expect(at('echo ')).toEqual(['disk.xml', 'images/', 'my\\ file']);
    expect(at('echo .p')).toEqual(['.profile']);
    expect(at('cat /proc/m')).toEqual(['/proc/meminfo']);
    expect(at('echo x > d')).toEqual(['disk.xml']);
  });
  it('knows virsh: commands, domains, options and files', () => {
    expect(at('virsh s')).toEqual(['setmem']);
    expect(at('virsh -q setmem ')).toEqual(['db', 'web']);
    expect(at('virsh setmem web --')).toEqual(['--domain', '--live', '--size']);
    expect(at('virsh setmem --live --domain w')).toEqual(['web']);
    expect(at('virsh define di')).toEqual(['disk.xml']);
    expect(at('setmem w', 'virsh')).toEqual(['web']);
    expect(at('setmem w', 'guest')).toEqual([]);
  });
  it('has nothing to do with words in quotes of a command before', () => {
    expect(at('echo "a; b" d')).toEqual(['disk.xml']);
    expect(commonStart(['setmem', 'setmaxmem'])).toBe('setm');
    expect(commonStart([])).toBe('');
  });
});

describe('keys of readline', () => {
  const line = (text: string, cursor: number, cut = '') => ({ text, cursor, cut });
  it('move, cut and put back', () => {
    expect(EDITS['a']!(line('one\ntwo', 6))).toEqual(line('one\ntwo', 4));
    expect(EDITS['e']!(line('one\ntwo', 1))).toEqual(line('one\ntwo', 3));
    expect(EDITS['w']!(line('virsh list  ', 12))).toEqual(line('virsh ', 6, 'list  '));
    expect(EDITS['u']!(line('abc', 2))).toEqual(line('c', 0, 'ab'));
    expect(EDITS['k']!(line('abc', 1))).toEqual(line('a', 1, 'bc'));
    expect(EDITS['y']!(line('ac', 1, 'b'))).toEqual(line('abc', 2, 'b'));
    expect(deleteForward(line('abc', 1))).toEqual(line('ac', 1));
  });
  it('know where a text of several lines begins and ends', () => {
    expect(isFirstLine(line('a\nb', 1))).toBe(true);
    expect(isFirstLine(line('a\nb', 2))).toBe(false);
    expect(isLastLine(line('a\nb', 1))).toBe(false);
    expect(isLastLine(line('a\nb', 3))).toBe(true);
  });
});

describe('history', () => {
  it('has each line once, and gives the draft back', () => {
    const history = new History('test');
    for (const text of ['a', 'b', 'a', ' ']) history.add(text);
    expect(history.lines).toEqual(['b', 'a']);
    expect(history.older('draft')).toBe('a');
    expect(history.older('a')).toBe('b');
    expect(history.older('b')).toBeNull();
    expect(history.newer()).toBe('a');
    expect(history.newer()).toBe('draft');
    expect(history.newer()).toBeNull();
    expect(history.search('')).toEqual(['a', 'b']);
  });
});

const piece = (text: string, stream: Piece['stream'] = 'out'): Piece => ({ text, stream });

describe('output', () => {
  it('shows the last lines of a long one, whichever stream they are of', () => {
    const pieces = [piece('1\n2\n3\n'), piece('wrong\n', 'err'), piece('4\n5')];
    expect(outputOf(pieces, 4)).toEqual({
      lines: 6,
      hidden: 2,
      segments: [
        { text: '3\n', isError: false, glued: false },
        { text: 'wrong\n', isError: true, glued: false },
        { text: '4\n5', isError: false, glued: false },
      ],
    });
    expect(outputOf(pieces, 100).segments[0]?.text).toBe('1\n2\n3\n');
    expect(outputOf([], 4)).toEqual({ lines: 0, hidden: 0, segments: [] });
  });
  it('knows an error in the middle of a line', () => {
    expect(outputOf([piece('a'), piece('b', 'err')], 9).segments[1]?.glued).toBe(true);
  });
  it('knows whose console was called', () => {
    expect(guestCalled('virsh console web')).toBe('web');
    expect(guestCalled('virsh console --domain=web --force')).toBe('web');
    expect(guestCalled('virsh list')).toBeNull();
  });
});

describe('what is announced', () => {
  const t = consoleMessages('en');
  const entry = (text: string, more: Partial<Entry> = {}): Entry => ({
    key: 1,
    prompt: '# ',
    line: 'x',
    pieces: [piece(text)],
    cleared: false,
    guest: null,
    ...more,
  });
  it('is everything once, and the number of lines where there are many', () => {
    const announcer = new Announcer();
    const say = (one: Entry, isOver = true) => announcer.next(t, one, isOver, String);
    expect(say(entry('a\n'), false)).toBe('a\n');
    expect(say(entry('a\n'))).toBeNull();
    expect(say(entry('a\nb\n'))).toBe('b\n');
    expect(say(entry('1\n'.repeat(42), { key: 2 }))).toBe('42 lines');
    expect(say(entry('', { key: 3 }), false)).toBeNull();
    expect(say(entry('', { key: 3 }))).toBe(t.noOutput);
    const wrong = [piece('no\n', 'err')];
    expect(say(entry('', { key: 4, pieces: wrong }))).toBe(`${t.errors}no\n`);
  });
  it('is a screen that is drawn again only when it stands still', () => {
    const announcer = new Announcer();
    const screen = entry('top\n', { cleared: true });
    expect(announcer.next(t, screen, false, String)).toBeNull();
    expect(announcer.next(t, screen, true, String)).toBe('top\n');
  });
});

describe('numbers that count something', () => {
  const found = (command: string, text: string, guest: string | null = null) =>
    numbersIn(command, text, guest).map(({ start, end, quantity, domain: whose }) => [
      text.slice(start, end),
      quantity,
      whose,
    ]);
  it('are those of free, by their columns', () => {
    const text = [
      '               total        used        free      shared  buff/cache   available',
      'Mem:         8143380      563416     7579964           0       24064     7579964',
      'Swap:              0           0           0',
      '',
    ].join('\n');
    expect(found('free', text)).toEqual([
      ['8143380', 'total', null],
      ['563416', 'used', null],
      ['7579964', 'free', null],
      ['24064', 'cache', null],
      ['7579964', 'usable', null],
      ['0', 'swapTotal', null],
      ['0', 'swapUsed', null],
      ['0', 'swapUsed', null],
    ]);
    expect(found('free', text, 'web')[2]).toEqual(['7579964', 'guestFree', 'web']);
    expect(found('cat', text)).toEqual([]);
  });
  it('are lines of /proc/meminfo, of host and guest', () => {
    const text = 'MemTotal:        8143380 kB\nHugePages_Free:       3\nVmallocTotal:  1 kB\n';
    expect(found('grep e /proc/meminfo', text)).toEqual([
      ['8143380', 'total', null],
      ['3', 'hugeFree', null],
    ]);
    expect(found('cat /proc/meminfo', text, 'web')).toEqual([['8143380', 'guestTotal', 'web']]);
  });
  it('are what virsh says of a domain', () => {
    expect(found('virsh dommemstat --domain web', 'actual 524288\nrss 86520\n\n')).toEqual([
      ['524288', 'actual', 'web'],
      ['86520', 'rss', 'web'],
    ]);
    expect(found('dominfo db', 'Max memory:     2097152 KiB\nCPU(s):  2\n')).toEqual([
      ['2097152', 'max', 'db'],
    ]);
  });
  it('are sizes of swap areas', () => {
    const text = 'NAME      TYPE SIZE USED PRIO\n/swapfile file   2G  12M   -2\n';
    expect(found('swapon --show', text)).toEqual([
      ['2G', 'swapTotal', null],
      ['12M', 'swapUsed', null],
    ]);
  });
  it('have a sentence each, in both languages', () => {
    for (const locale of ['en', 'zh'] as const) {
      expect(Object.keys(cardMessages(locale).why).sort()).toEqual(Object.keys(QUANTITIES).sort());
    }
  });
});
