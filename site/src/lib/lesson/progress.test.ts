import { afterEach, describe, expect, it, vi } from 'vitest';
import { progressOf } from './progress.ts';

const LESSON = { id: 'small', predictions: ['one', 'two'], tasks: ['do'] };
const remember = (kept: Record<string, unknown>): void => {
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => {
      const found = Object.entries(kept).find(([name]) => key.endsWith(name));
      return found === undefined ? null : JSON.stringify(found[1]);
    },
  });
};
afterEach(() => void vi.unstubAllGlobals());

describe('progress in a lesson', () => {
  it('is none before anything was done', () => {
    remember({});
    expect(progressOf(LESSON)).toMatchObject({ begun: false, answered: 0, tasks: 0 });
  });
  it('counts what was answered, and what of it was right', () => {
    remember({ 'answers:small': { one: { right: true }, gone: { right: true } } });
    expect(progressOf(LESSON)).toMatchObject({
      begun: true,
      answered: 1,
      right: 1,
      isWhole: false,
    });
  });
  it('is whole when all is done', () => {
    remember({
      'answers:small': { one: { right: true }, two: { right: false } },
      'tasks:small': ['do'],
    });
    expect(progressOf(LESSON)).toMatchObject({ answered: 2, right: 1, tasks: 1, isWhole: true });
  });
  it('passes over what is damaged', () => {
    remember({ 'answers:small': { one: 7, two: null }, 'tasks:small': { do: 1 } });
    expect(progressOf(LESSON)).toMatchObject({ begun: false, answered: 0, tasks: 0 });
  });
});
