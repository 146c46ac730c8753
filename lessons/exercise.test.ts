import { DEFAULT_ACCESS, DEFAULT_MACHINE } from '@pagewalk/engine';
import { describe, expect, it } from 'vitest';
import { checkAnswer } from './exercise.ts';
import type { ExerciseItem } from './schema.ts';

const item = (answer: string, more: Partial<ExerciseItem> = {}): ExerciseItem => ({
  lesson: 'x',
  seed: 1,
  n: 0,
  question: '?',
  answer,
  solution: '',
  scenario: { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS },
  ...more,
});

const right = (answer: string, given: string, more?: Partial<ExerciseItem>): boolean =>
  checkAnswer(item(answer, more), given).right;

describe('an answer', () => {
  it('in hexadecimal may come with or without 0x, in any case', () => {
    for (const given of ['0x2ac28a58', '2AC28A58', '0X2AC28A58', ' 0x2ac28a58 ', '0x0002ac28a58']) {
      expect(right('0x2ac28a58', given), given).toBe(true);
    }
    expect(right('0x2ac28a58', '0x2ac28a59')).toBe(false);
    expect(right('0x2ac28a58', '2ac28a59')).toBe(false);
  });

  it('in hexadecimal may also come in decimal', () => {
    expect(right('0x1aa', '426')).toBe(true);
    expect(right('0x1aa', '427')).toBe(false);
    expect(right('0x15', '15')).toBe(true);
    expect(right('0x15', '21')).toBe(true);
  });

  it('in decimal may come in hexadecimal only with 0x, and says so', () => {
    expect(right('24', '24')).toBe(true);
    expect(right('24', '0x18')).toBe(true);
    expect(checkAnswer(item('24'), '18')).toEqual({
      right: false,
      note: '“18” was read as decimal. A hexadecimal number begins with 0x.',
    });
    expect(checkAnswer(item('24'), '23')).toEqual({ right: false });
  });

  it('may have blanks, commas, full-width digits and its unit', () => {
    for (const given of ['12,733', '12 733', '12_733', '１２７３３', '１２，７３３', '12733　']) {
      expect(right('12733', given), given).toBe(true);
    }
    expect(right('0x1ff000', '0x1f f000')).toBe(true);
    expect(right('0xabc', '０ｘＡＢＣ')).toBe(true);
    expect(right('24', '24 references', { unit: 'references' })).toBe(true);
    expect(right('24', '24次', { unit: '次' })).toBe(true);
  });

  it('of more than 2^53 keeps every bit', () => {
    expect(right('0x8000000000603027', '8000000000603027')).toBe(true);
    expect(right('0x8000000000603027', '0x8000000000603026')).toBe(false);
  });

  it('may be off by the tolerance and no more', () => {
    expect(right('100', '98', { tolerance: 2 })).toBe(true);
    expect(right('100', '97', { tolerance: 2 })).toBe(false);
  });

  it('that is no number, or nothing, is wrong and says why, in the reader’s language', () => {
    expect(checkAnswer(item('24'), 'many').note).toBe(
      '“many” is not a number. A decimal or a hexadecimal one would be.',
    );
    expect(checkAnswer(item('24'), '', 'zh')).toEqual({ right: false, note: '还没有填写。' });
    expect(checkAnswer(item('24'), '很多', 'zh').note).toContain('不是数');
    expect(right('0', '')).toBe(false);
    expect(right('24', '-24')).toBe(false);
    expect(right('24', '2.4')).toBe(false);
  });

  it('by choice may be its text or its letter', () => {
    const choices = ['4 KiB', '2 MiB', '1 GiB'];
    for (const given of ['2 MiB', '2mib', '2M', 'b', 'B', '２ＭｉＢ', 'ｂ']) {
      expect(right('2 MiB', given, { choices }), given).toBe(true);
    }
    expect(checkAnswer(item('2 MiB', { choices }), 'a')).toEqual({ right: false });
    expect(checkAnswer(item('2 MiB', { choices }), '3 MiB')).toEqual({
      right: false,
      note: 'That is none of the choices. The text of one, or a, b, c, would be.',
    });
  });
});
