import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { checkCode } from '../check-code.ts';
import { exerciseCommand } from './exercise-command.ts';

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let [out, err] = ['', ''];
  stdout.on('data', (part: Buffer) => (out += part.toString()));
  stderr.on('data', (part: Buffer) => (err += part.toString()));
  const status = await exerciseCommand.run(args, { stdin, stdout, stderr });
  return { status, out, err };
}
interface Printed {
  lesson: string;
  n: number;
  answer?: string;
  solution?: string;
  check: string;
}
const items = async (...args: string[]): Promise<Printed[]> => {
  const { status, out, err } = await run(...args);
  expect(err).toBe('');
  expect(status).toBe(0);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed);
};

const LESSONS = ['page-tables', 'shadow-page-tables', 'ept-and-npt', 'tlb-and-vpid'];

describe('pagewalk exercise', () => {
  it.each(LESSONS)(
    'prints the same of %s for the same seed, others for another',
    async (lesson) => {
      const one = await run(lesson, '--seed', '7', '--count', '4');
      expect(one.out).toBe((await run(lesson, '--seed=7', '--count=4')).out);
      expect(one.out).not.toBe((await run(lesson, '--seed', '8', '--count', '4')).out);
    },
  );

  it.each(LESSONS)('of %s keeps answers to itself, until they are asked for', async (lesson) => {
    const hidden = await items(lesson, '--seed', '7', '--count', '3');
    for (const item of hidden) {
      expect(item).not.toHaveProperty('answer');
      expect(item).not.toHaveProperty('solution');
      expect(item).not.toHaveProperty('scenario');
    }
    const known = await items(lesson, '--seed', '7', '--count', '3', '--answers');
    for (const [index, item] of known.entries()) {
      expect(item.n).toBe(index);
      expect(item.solution).not.toBe('');
      expect(item.check).toBe(hidden[index]?.check);
      const answer = item.answer ?? '';
      expect(await checkCode({ lesson, seed: 7, n: index, answer })).toBe(item.check);
    }
  });

  it('prints Chinese, Markdown and CSV', async () => {
    const md = await run('page-tables', '--seed', '1', '--format', 'md', '--locale', 'zh');
    expect(md.out).toMatch(/^## 练习 1\n\n/);
    expect(md.out).not.toContain('答案');
    const csv = await run('page-tables', '--seed', '1', '--count', '2', '--format', 'csv');
    expect(csv.out).toMatch(/^lesson,seed,n,question,choices,unit,tolerance,check\r\n/);
  });

  it.each([
    [['--seed', '1'], 'one LESSON is needed, not 0; there are looking-at-memory, page-tables, '],
    [
      ['page-table', '--seed', '1'],
      "no exercises for 'page-table'; there are looking-at-memory, page-tables, ",
    ],
    [['page-tables'], '--seed N is needed'],
    [['page-tables', '--seed', '-1'], "--seed is '-1'; want a whole number from 0 to 4294967295"],
    [['page-tables', '--seed', '1', '--count', '0'], "--count is '0'; want a whole number from 1"],
    [['page-tables', '--seed', '1', '--locale', 'de'], "--locale is 'de'; want one of en, zh"],
    [['page-tables', '--seed', '1', '--format', 'xml'], 'want one of json, md, csv'],
    [['page-tables', '--seeds', '1'], 'unknown option --seeds'],
    [['page-tables', '--seed'], '--seed needs a value'],
  ])('%j is a usage error', async (args, message) => {
    const { status, out, err } = await run(...args);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});
