import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, type Use } from './compile.ts';

const LESSONS = join(import.meta.dirname, '../../../../lessons/');
const folders = readdirSync(LESSONS).filter((name) => existsSync(`${LESSONS}${name}/en.md`));

function usesOf(folder: string, locale: string): Use[] {
  const file = `${LESSONS}${folder}/${locale}.md`;
  return compile(readFileSync(file, 'utf8'), { file, component: (name) => name }).uses;
}

/** Sentences are built in another order in another language; blocks are not. */
const blocks = (uses: Use[]): string[] =>
  uses
    .filter(({ name }) =>
      /^(step|predict|after|break|misconception|sources|exercise|linux|choice)$/.test(name),
    )
    .map(({ name, attributes }) => `${name} ${attributes['state'] ?? attributes['id'] ?? ''}`);
const words = (uses: Use[], of: RegExp): string[] =>
  uses
    .filter(({ name }) => of.test(name))
    .map(({ name, attributes }) => `${name} ${Object.values(attributes).join(' ')}`)
    .sort();

describe.each(folders)('%s says the same in both languages', (folder) => {
  const en = usesOf(folder, 'en');
  const zh = usesOf(folder, 'zh');

  it('the same steps and questions in the same order', () => {
    expect(blocks(zh)).toEqual(blocks(en));
  });

  it('the same values and experiments', () => {
    expect(words(zh, /^(refs|outcome|entry|try)$/)).toEqual(
      words(en, /^(refs|outcome|entry|try)$/),
    );
  });
});
