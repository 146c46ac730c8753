/**
 * The words that lesson prose may use beside Markdown, and what each becomes. A name or attribute
 * that is not here stops the build, with file and line.
 *
 *     :::name[label]{attributes}    a container: paragraphs, other directives, then `:::`
 *     ::name{attributes}            a leaf: stands alone
 *     :name[label]{attributes}      text: inside a sentence
 */

export type DirectiveKind = 'container' | 'leaf' | 'text';

export interface Directive {
  kind: DirectiveKind;
  /** A component of `lib/lesson`, or a plain element with a class. */
  becomes:
    | { component: string }
    | { element: string; class: string }
    /** A named snippet of the component around it. */
    | { snippet: string };
  required?: readonly string[];
  optional?: readonly string[];
  /** What stands there when the prose gives no label (text directives only). */
  label?: string;
  /** Whether the page must know of each use: a value to compute, a term for the glossary. */
  collect?: boolean;
}

const space = (name: string): Directive => ({
  kind: 'text',
  becomes: { element: 'span', class: name },
  label: name.toUpperCase(),
});

export const DIRECTIVES: Record<string, Directive> = {
  step: { kind: 'container', becomes: { component: 'Step' }, required: ['state'] },
  predict: { kind: 'container', becomes: { component: 'Predict' }, required: ['id'] },
  after: { kind: 'container', becomes: { snippet: 'after' } },
  break: { kind: 'container', becomes: { component: 'Break' }, optional: ['title'] },
  misconception: {
    kind: 'container',
    becomes: { component: 'Misconception' },
    required: ['claim'],
  },
  sources: { kind: 'container', becomes: { component: 'Sources' } },

  task: { kind: 'container', becomes: { component: 'Task' }, required: ['id'] },

  exercise: { kind: 'leaf', becomes: { component: 'Exercise' } },
  linux: { kind: 'leaf', becomes: { component: 'Linux' } },

  gva: space('gva'),
  gpa: space('gpa'),
  hpa: space('hpa'),
  hva: space('hva'),
  term: { kind: 'text', becomes: { component: 'Term' }, required: ['id'], collect: true },
  choice: { kind: 'text', becomes: { component: 'Choice' }, required: ['id'] },
  try: { kind: 'text', becomes: { component: 'Try' }, required: ['state'] },
  src: { kind: 'text', becomes: { component: 'Src' }, optional: ['href'] },
  value: { kind: 'text', becomes: { component: 'Computed' }, required: ['id'], collect: true },
  refs: { kind: 'text', becomes: { component: 'Refs' }, required: ['state'], collect: true },
  outcome: { kind: 'text', becomes: { component: 'Outcome' }, required: ['state'], collect: true },
  entry: {
    kind: 'text',
    becomes: { component: 'Entry' },
    required: ['state', 'table', 'level', 'row'],
    collect: true,
  },
};
