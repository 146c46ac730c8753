import { describe, expect, it } from 'vitest';
import { END, END_OF_COMMAND, parse, split, words } from '../../../src/console/virsh/parse.ts';
import { run } from './harness.ts';
import { WRONG } from './wrong-lines.ts';

describe('lines of virsh', () => {
  it('are refused in the words of virsh 9.0.0', () => {
    for (const [line, ...messages] of WRONG) {
      const { stdout, stderr, exit } = run([line]);
      expect([line, ...stderr.split('\n').filter(Boolean)]).toEqual([
        line,
        ...messages.map((text) => `error: ${text}`),
      ]);
      expect(stdout).toBe('');
      expect(exit).toBe(1);
    }
  });

  it('are split as a shell splits words', () => {
    const line = `echo 'a "b' "c 'd" e\\ f x;pwd # rest; of it\n"" '\\' "\\""`;
    expect([...split(line)]).toEqual([
      'echo',
      'a "b',
      "c 'd",
      'e f',
      'x',
      END_OF_COMMAND,
      'pwd',
      END_OF_COMMAND,
      '',
      '\\',
      '"',
    ]);
    expect(split('').next()).toEqual({ value: END, done: true });
  });

  it('give options by name and by place', () => {
    const [parsed] = parse(words(['setmem', '--size=5', 'test', '--config']));
    expect(parsed?.given.map(({ option, value }) => [option.name, value])).toEqual([
      ['size', '5'],
      ['domain', 'test'],
      ['config', null],
    ]);
  });

  it('may hold an alias of an option, with its value', () => {
    expect(run(['echo', '--hi', '--str', 'yo']).stdout).toBe('hello yo\n');
  });

  it('are comments after #', () => {
    expect(run(['#foo', 'bar'])).toEqual({ stdout: '', stderr: '', exit: 0 });
    expect(run([' # foo'])).toEqual({ stdout: '', stderr: '', exit: 0 });
  });

  it('must be there', () => {
    expect(run([''])).toEqual({ stdout: '', stderr: '', exit: 1 });
    expect(run(['', ''])).toEqual({ stdout: '', stderr: "error: unknown command: ''\n", exit: 1 });
  });
});
