import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile as compileSvelte } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { compile, ContentError, type CompileOptions } from './compile.ts';

const options: CompileOptions = {
  file: 'lessons/01-x/en.md',
  component: (name) => `./${name}.svelte`,
};
const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixture', name), 'utf8');
const code = (markdown: string): string => compile(markdown, options).code;
const errorOf = (markdown: string): ContentError => {
  try {
    compile(markdown, options);
  } catch (error) {
    if (error instanceof ContentError) return error;
    throw error;
  }
  throw new Error('it compiled');
};

describe('a lesson in Markdown', () => {
  const compiled = compile(read('en.md'), options);

  it('becomes a component that Svelte accepts without a warning', () => {
    for (const generate of ['client', 'server'] as const) {
      const { warnings } = compileSvelte(compiled.code, { generate, filename: 'en.svelte' });
      expect(warnings).toEqual([]);
    }
  });

  it('gives its front matter as metadata', () => {
    expect(compiled.metadata).toEqual({
      title: 'A title with "quotes" and {braces}',
      summary: 'One sentence.',
      minutes: 3,
    });
    expect(compiled.code).toContain('export const metadata = {"title":"A title with');
  });

  it('imports each component that it uses, once', () => {
    expect(compiled.code.match(/^import .*$/gm)).toEqual([
      'import Step from "./Step.svelte";',
      'import Term from "./Term.svelte";',
      'import Entry from "./Entry.svelte";',
      'import Refs from "./Refs.svelte";',
      'import Src from "./Src.svelte";',
      'import Predict from "./Predict.svelte";',
      'import Choice from "./Choice.svelte";',
      'import Outcome from "./Outcome.svelte";',
      'import Break from "./Break.svelte";',
      'import Try from "./Try.svelte";',
      'import Exercise from "./Exercise.svelte";',
      'import Table from "./Table.svelte";',
    ]);
  });

  it('names the values and terms that the page must bring', () => {
    expect(/export const uses = (.*);/.exec(compiled.code)?.[1]).toBe(
      JSON.stringify([
        { name: 'term', line: 11, attributes: { id: 'gpa' } },
        {
          name: 'entry',
          line: 11,
          attributes: { state: 'first', table: 'ept', level: '4', row: '4' },
        },
        { name: 'refs', line: 11, attributes: { state: 'first' } },
        { name: 'outcome', line: 24, attributes: { state: 'first' } },
      ]),
    );
  });

  it('leaves braces of the prose alone', () => {
    expect(compiled.code).toContain('choose &#123;one&#125; entry, <code>&#123;x: 1&#125;</code>');
  });

  it('keeps a range of bits a range of bits', () => {
    expect(compiled.code).toContain('Bits 47:39 of a');
  });

  it('colours the words for an address space, also inside a term', () => {
    expect(compiled.code).toContain(
      '<Term id="gpa"><span class="gpa">guest-physical address</span></Term>',
    );
  });

  it('gives a choice its words as label', () => {
    expect(compiled.code).toContain(
      '<Choice id="a"> The <span class="hpa">host</span> side.</Choice>',
    );
  });

  it('hands what comes after the answer to the question as a snippet', () => {
    expect(compiled.code).toMatch(/<Predict id="next">[^]*\{#snippet after\(\)\}[^]*\{\/snippet\}/);
  });

  it('takes the label of a container as its title', () => {
    expect(compiled.code).toContain('<Break title="Clear a bit">');
  });

  it('lets wide tables scroll, and takes an empty corner for no heading', () => {
    expect(compiled.code).toContain('<Table><table>');
    expect(compiled.code).toContain('<td></td>');
  });
});

describe('headings', () => {
  it('have ids made from their words', () => {
    expect(compile(read('en.md'), options).headings).toEqual(['where-is-it', 'end']);
  });

  it('have the ids of the source language in a translation, so that links hold', () => {
    const { headings } = compile(read('en.md'), options);
    expect(compile(read('zh.md'), { ...options, headings }).code).toContain(
      '<h2 id="where-is-it">在哪里?</h2>',
    );
  });

  it('must be as many as in the source language', () => {
    expect(() => compile('## 一', { ...options, headings: ['a', 'b'] })).toThrow(
      'lessons/01-x/en.md:1: 1 headings, where the source language has 2',
    );
  });
});

describe('a mistake in the prose stops the build and says where it is', () => {
  it.each([
    ['a directive that does not exist', 'One.\n\n::video', 3, 'unknown directive "video"'],
    ['one that exists in another form', '::step', 1, 'a container directive: write :::step'],
    ['an attribute that is missing', 'a :refs b', 1, '"refs" needs the attribute "state"'],
    ['an attribute that is not known', ':refs{state=a at=2}', 1, 'takes no attribute "at"'],
    ['HTML', 'One.\n\n<b>x</b>', 3, 'no HTML in prose'],
    ['a title in the text', '# Title', 1, 'the title is in the front matter'],
    ['front matter that is no YAML', '---\na: [\n---', 1, 'front matter:'],
  ])('%s', (_, markdown, line, message) => {
    const error = errorOf(markdown);
    expect(error.line).toBe(line);
    expect(error.message).toContain(`lessons/01-x/en.md:${line}: `);
    expect(error.message).toContain(message);
  });

  it('names of built-in object members are no directives', () => {
    expect(errorOf('::constructor').message).toContain('unknown directive');
  });
});

it('a word for an address space may stand without a label', () => {
  expect(code('A :gva or :hpa.')).toContain(
    'A <span class="gva">GVA</span> or <span class="hpa">HPA</span>.',
  );
});

it('text cannot leave the script in which it stands', () => {
  expect(code('---\ntitle: </script><b>\n---\n')).not.toContain('</script><b>');
});
