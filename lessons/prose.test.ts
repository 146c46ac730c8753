import { DEFAULT_ACCESS, DEFAULT_MACHINE } from '@pagewalk/engine';
import { describe, expect, it } from 'vitest';
import { bonesOf, problemsOfProse, usesOf } from './prose.ts';
import type { WalkLesson } from './schema.ts';

const lesson: WalkLesson = {
  figure: 'walk',
  id: 'small',
  start: { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS },
  states: { cold: { at: 0 }, done: { at: 'end' } },
  predictions: {
    guess: { kind: 'choice', state: 'cold', holdAt: 1, choices: ['a', 'b'], answer: () => 'a' },
  },
};

const prose = `
:::step{state=done}
## Bits 47:39 of a :term[leaf]{id=leaf}

A :gpa[guest-physical] one, at last :try[again]{state=cold}.
:::

::::predict{id=guess}
Which?

- :choice{id=a} this
- :choice{id=b} that

:::after
So many: :refs{state=done}.
:::
::::
`;

const problems = (text: string): string[] => problemsOfProse(lesson, text, ['leaf']);

describe('prose', () => {
  it('that fits its lesson has no problems', () => {
    expect(problems(prose)).toEqual([]);
  });

  it('tells ranges of bits from directives', () => {
    expect(usesOf('Bits 47:39 and 5:3.')).toEqual([]);
  });

  it('knows what stands in what', () => {
    expect(usesOf(prose).find(({ name }) => name === 'refs')?.within).toEqual([
      'predict guess',
      'after',
    ]);
  });

  it('may name only states, terms and predictions that exist', () => {
    expect(problems(prose.replace('state=cold', 'state=warm'))).toEqual([
      "line 5: try: no state 'warm'",
    ]);
    expect(problems(prose.replace('id=leaf', 'id=branch'))).toEqual([
      "line 3: term: no 'branch' in the glossary",
    ]);
    expect(problems(`${prose}\n:::predict{id=what}\n:::\n`)).toEqual([
      "line 19: predict: no prediction 'what'",
    ]);
  });

  it('asks every prediction once, with its choices and an explanation', () => {
    expect(problems(prose.replace('id=guess', 'id=other'))).toContain(
      "line 0: prediction 'guess' is asked 0 times; once is right",
    );
    expect(problems(prose.replace('- :choice{id=b} that\n', ''))[0]).toContain(
      "prediction 'guess' offers [a]; the lesson has [a,b]",
    );
    expect(problems(prose.replace(':::after', ':::break'))[0]).toContain('wants one :::after');
  });

  it('uses every state', () => {
    expect(problems(prose.replaceAll('state=done', 'state=cold'))).toEqual([
      "line 0: state 'done' is never named",
    ]);
  });

  it('has bones without labels and colours', () => {
    expect(bonesOf(prose)).toEqual([
      'step state=done',
      'step done > term id=leaf',
      'step done > try state=cold',
      'predict id=guess',
      'predict guess > choice id=a',
      'predict guess > choice id=b',
      'predict guess > after',
      'predict guess > after > refs state=done',
    ]);
  });
});
