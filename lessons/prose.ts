import type { Nodes } from 'mdast';
import type { ContainerDirective, LeafDirective, TextDirective } from 'mdast-util-directive';
import remarkDirective from 'remark-directive';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { Lesson } from './schema.ts';

/**
 * What a lesson's prose asks of its lesson, and whether the lesson has it. Runs in tests only: that
 * a directive exists at all and has its attributes is the site's compiler to say.
 */

export interface Use {
  name: string;
  attributes: Record<string, string>;
  line: number;
  /** The directives around it, outermost first, as `step cold` or `predict how-many`. */
  within: string[];
}

type Directive = ContainerDirective | LeafDirective | TextDirective;

const parser = unified()
  .use(remarkParse)
  .use(remarkFrontmatter, ['yaml'])
  .use(remarkGfm)
  .use(remarkDirective);

const isDirective = (node: Nodes): node is Directive =>
  node.type === 'containerDirective' ||
  node.type === 'leafDirective' ||
  // `47:39` is a range of bits.
  (node.type === 'textDirective' && !/^\d/.test(node.name));

/** Every directive of a Markdown text, in order. */
export function usesOf(markdown: string): Use[] {
  const uses: Use[] = [];
  const visit = (node: Nodes, within: string[]): void => {
    let inside = within;
    if (isDirective(node)) {
      const attributes: Record<string, string> = {};
      for (const [name, value] of Object.entries(node.attributes ?? {})) {
        attributes[name] = value ?? '';
      }
      const line = node.position?.start.line ?? 0;
      uses.push({ name: node.name, attributes, line, within });
      const what = attributes['state'] ?? attributes['id'];
      inside = [...within, what === undefined ? node.name : `${node.name} ${what}`];
    }
    if ('children' in node) for (const child of node.children) visit(child, inside);
  };
  visit(parser.parse(markdown), []);
  return uses;
}

/** Directives that colour words; where they stand is each language's own affair. */
const COLOURS = new Set(['gva', 'gpa', 'hpa', 'hva']);

/**
 * The bones of a text, one line for each directive: two languages of a lesson must have the same.
 * Labels, claims and colours are left out.
 */
export const bonesOf = (markdown: string): string[] =>
  usesOf(markdown)
    .filter(({ name }) => !COLOURS.has(name))
    .map(({ name, attributes, within }) => {
      const said = Object.entries(attributes)
        .filter(([key]) => key !== 'claim')
        .map(([key, value]) => ` ${key}=${value}`);
      return `${within.map((part) => `${part} > `).join('')}${name}${said.join('')}`;
    });

/** Everything in the prose that the lesson or the glossary does not have, each with its line. */
export function problemsOfProse(
  lesson: Lesson,
  markdown: string,
  terms: readonly string[],
): string[] {
  const uses = usesOf(markdown);
  const problems: string[] = [];
  const report = (line: number, problem: string): void => {
    problems.push(`line ${line}: ${problem}`);
  };

  for (const { name, attributes, line } of uses) {
    const { state, id } = attributes;
    if (state !== undefined && !Object.hasOwn(lesson.states, state)) {
      report(line, `${name}: no state '${state}'`);
    }
    if (name === 'term' && (id === undefined || !terms.includes(id))) {
      report(line, `term: no '${id ?? ''}' in the glossary`);
    }
    if (name === 'value') {
      const has = lesson.figure !== 'walk' && Object.hasOwn(lesson.values, id ?? '');
      if (!has) report(line, `value: no value '${id ?? ''}'`);
    }
    if (name === 'task' && (id === undefined || !Object.hasOwn(lesson.tasks ?? {}, id))) {
      report(line, `task: no task '${id ?? ''}'`);
    }
    if (name === 'predict' && (id === undefined || !Object.hasOwn(lesson.predictions, id))) {
      report(line, `predict: no prediction '${id ?? ''}'`);
    }
  }

  for (const [id, prediction] of Object.entries(lesson.predictions)) {
    const asked = uses.filter(
      ({ name, attributes }) => name === 'predict' && attributes['id'] === id,
    );
    if (asked.length !== 1) {
      report(
        asked[1]?.line ?? 0,
        `prediction '${id}' is asked ${asked.length} times; once is right`,
      );
      continue;
    }
    const line = asked[0]?.line ?? 0;
    const inside = uses.filter(({ within }) => within.at(-1) === `predict ${id}`);
    const choices = inside
      .filter(({ name }) => name === 'choice')
      .map((use) => use.attributes['id']);
    const wanted = prediction.kind === 'choice' ? prediction.choices : [];
    if (choices.join() !== wanted.join()) {
      report(
        line,
        `prediction '${id}' offers [${choices.join()}]; the lesson has [${wanted.join()}]`,
      );
    }
    if (inside.filter(({ name }) => name === 'after').length !== 1) {
      report(line, `prediction '${id}' wants one :::after`);
    }
  }

  for (const id of Object.keys(lesson.tasks ?? {})) {
    if (!uses.some(({ name, attributes }) => name === 'task' && attributes['id'] === id)) {
      report(0, `task '${id}' is never given`);
    }
  }
  if (lesson.figure !== 'walk') {
    for (const id of Object.keys(lesson.values)) {
      if (!uses.some(({ name, attributes }) => name === 'value' && attributes['id'] === id)) {
        report(0, `value '${id}' is never said`);
      }
    }
  }

  const named = new Set(uses.map(({ attributes }) => attributes['state']));
  for (const { state } of Object.values(lesson.predictions)) named.add(state);
  for (const state of Object.keys(lesson.states)) {
    if (!named.has(state)) report(0, `state '${state}' is never named`);
  }
  return problems;
}
