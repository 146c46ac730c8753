import { DEFAULT_ACCESS, DEFAULT_MACHINE } from '@pagewalk/engine';
import { describe, expect, it } from 'vitest';
import { LessonError, defineLesson, hostOf, problemsOf, scenarioOf } from './define.ts';
import type { HostLesson, WalkLesson } from './schema.ts';

const sound: WalkLesson = {
  figure: 'walk',
  id: 'a-lesson',
  start: { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS },
  states: {
    cold: { at: 0 },
    written: {
      machine: { ad: true },
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: 2n }],
      access: { kind: 'write' },
      at: 'end',
    },
  },
  predictions: { guess: { kind: 'number', state: 'cold', holdAt: 2, answer: () => 1 } },
};

/** The sound lesson with one thing wrong, past the type checker. */
const wrong = (change: Record<string, unknown>): string[] =>
  problemsOf({ ...sound, ...change } as WalkLesson);

const inState = (state: Record<string, unknown>): string[] =>
  wrong({ states: { ...sound.states, written: state } });

describe('a lesson is checked when it is defined', () => {
  it('passes when it is sound', () => {
    expect(problemsOf(sound)).toEqual([]);
    expect(defineLesson(sound)).toBe(sound);
  });

  it('throws one error that names everything wrong', () => {
    const broken = { ...sound, id: 'Not An Id', states: { cold: { at: -1 } } } as WalkLesson;
    expect(() => defineLesson(broken)).toThrow(LessonError);
    expect(() => defineLesson(broken)).toThrow(
      'lesson Not An Id:\n' +
        '  id: is "Not An Id"; want lower-case words joined by -\n' +
        "  states.cold.at: is -1; want a number of events, or 'end'",
    );
  });

  it('says which state a prediction names in vain, and which there are', () => {
    expect(
      wrong({
        predictions: { guess: { kind: 'number', state: 'warm', holdAt: 0, answer: () => 1 } },
      }),
    ).toEqual(['predictions.guess.state: no state "warm"; there are "cold", "written"']);
  });

  it('refuses a position that is no number of events', () => {
    expect(inState({ at: 1.5 })).toEqual([
      "states.written.at: is 1.5; want a number of events, or 'end'",
    ]);
    expect(inState({})).toHaveLength(1);
    expect(
      wrong({ predictions: { guess: { ...sound.predictions['guess'], holdAt: -1 } } }),
    ).toEqual(['predictions.guess.holdAt: is -1; want a number of events']);
  });

  it('refuses a machine that does not exist', () => {
    expect(inState({ machine: { levels: 6 }, at: 0 })).toEqual([
      'states.written.machine.levels: is 6; want one of 4, 5',
    ]);
    expect(inState({ machine: { cache: true }, at: 0 })[0]).toContain(
      'states.written.machine.cache: no such field; there are "guest", "mode"',
    );
  });

  it('refuses a start that is not whole', () => {
    const { mode: _mode, ...rest } = DEFAULT_MACHINE;
    expect(wrong({ start: { ...sound.start, machine: rest } })).toEqual([
      'start.machine.mode: is missing',
    ]);
  });

  it('refuses an address that is no 64-bit value', () => {
    expect(inState({ access: { gva: 4096 }, at: 0 })).toEqual([
      'states.written.access.gva: is 4096; want a bigint from 0 to 2^64 - 1, as 0x1000n',
    ]);
    expect(inState({ access: { gva: 2n ** 64n }, at: 0 })).toHaveLength(1);
  });

  it('refuses an entry that no walk has', () => {
    const edit = (entry: object, change: object = { set: 1n }): string[] =>
      inState({ actions: [{ do: 'edit', entry, ...change }], at: 0 });
    expect(edit({ table: 'ept', level: 1, row: 0 })).toEqual([]);
    expect(edit({ table: 'shadow', level: 1, row: 0 })[0]).toContain(
      'states.written.actions[0].entry.table: is "shadow"',
    );
    expect(edit({ table: 'ept', level: 6, row: 0 })[0]).toContain('want 1 to 5');
    expect(edit({ table: 'ept', level: 1, row: 7 })[0]).toContain('0 for the final page');
    expect(edit({ table: 'guest', level: 2, row: 1 })[0]).toContain(
      'the row of a guest entry is its level, 2',
    );
    expect(edit({ table: 'ept', level: 1, row: 0 }, {})).toEqual([
      'states.written.actions[0]: edits nothing; want set or clear',
    ]);
  });

  it('refuses an action that nobody knows, and an entry that is not aligned', () => {
    expect(inState({ actions: [{ do: 'explode' }], at: 0 })[0]).toContain('want set, edit or fill');
    expect(inState({ actions: [{ do: 'set', at: 0x1001n, value: 0n }], at: 0 })).toEqual([
      'states.written.actions[0].at: is 0x1001; an entry lies at a multiple of 8',
    ]);
    expect(inState({ actions: { do: 'fill' }, at: 0 })[0]).toContain('want a list of actions');
  });

  it('refuses a choice without two different choices', () => {
    const choice = (choices: string[]): string[] =>
      wrong({
        predictions: {
          pick: { kind: 'choice', state: 'cold', holdAt: 0, choices, answer: () => 'a' },
        },
      });
    expect(choice(['a', 'b'])).toEqual([]);
    expect(choice(['a'])).toEqual(['predictions.pick.choices: want at least two']);
    expect(choice(['a', 'a'])).toEqual(['predictions.pick.choices: names one twice']);
  });

  it('refuses an answer that is written down instead of run', () => {
    expect(
      wrong({
        predictions: { guess: { kind: 'number', state: 'cold', holdAt: 0, answer: 24 } },
      })[0],
    ).toContain('predictions.guess.answer: want a function');
  });
});

const host: HostLesson = {
  figure: 'host',
  id: 'a-host',
  host: {},
  scripts: { first: ['free', { mark: 'looked' }, 'sync', 500], second: ['true'] },
  states: { looked: { at: { mark: 'looked' } }, done: { script: 'second', at: 'end' } },
  predictions: { guess: { kind: 'number', state: 'looked', holdAt: 1, answer: () => 1 } },
  values: { one: { state: 'looked', of: () => 1 } },
};
const wrongHost = (change: Record<string, unknown>): string[] =>
  problemsOf({ ...host, ...change } as HostLesson);

describe('a lesson about a host', () => {
  it('passes when it is sound, and its states say which script and how far', () => {
    expect(problemsOf(host)).toEqual([]);
    expect(hostOf(host, 'looked')).toEqual({
      script: 'first',
      acts: host.scripts['first'],
      at: { mark: 'looked' },
    });
    expect(hostOf(host, 'done').script).toBe('second');
    expect(() => hostOf(host, 'lost')).toThrow("no state 'lost'; there are looked, done");
  });
  it('has no mark, script, line or wait that is none', () => {
    expect(wrongHost({ states: { looked: { at: { mark: 'lost' } } } })).toContain(
      'states.looked.at: is {"mark":"lost"}; want a number of lines, \'end\', or a mark: "looked"',
    );
    expect(wrongHost({ states: { ...host.states, done: { script: 'third', at: 'end' } } })).toEqual(
      ['states.done.script: is "third"; want one of "first", "second"'],
    );
    const acts = (...more: unknown[]): string[] =>
      wrongHost({ scripts: { ...host.scripts, second: ['true', ...more] } });
    expect(acts(-5)).toEqual([
      'scripts.second[1]: is -5; want milliseconds, a whole number above 0',
    ]);
    expect(acts(' ')).toEqual(['scripts.second[1]: is no line']);
    expect(acts({ mark: 'a' }, { mark: 'a' })).toEqual(['scripts.second: has a mark twice']);
    expect(wrongHost({ scripts: {} })).toContain('scripts: want at least one');
  });
  it('has values and predictions of states that it has', () => {
    expect(wrongHost({ values: { one: { state: 'lost', of: () => 1 } } })).toEqual([
      'values.one.state: no state "lost"',
    ]);
    expect(
      wrongHost({
        predictions: { guess: { ...host.predictions['guess'], holdAt: { mark: 'lost' } } },
      })[0],
    ).toContain('predictions.guess.holdAt');
  });
});

describe('a state', () => {
  it('is the start with what the state changes', () => {
    expect(scenarioOf(sound, 'cold')).toEqual(sound.start);
    expect(scenarioOf(sound, 'written')).toEqual({
      machine: { ...DEFAULT_MACHINE, ad: true },
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: 2n }],
      access: { ...DEFAULT_ACCESS, kind: 'write' },
    });
  });

  it('that does not exist is an error which names those that do', () => {
    expect(() => scenarioOf(sound, 'warm')).toThrow("no state 'warm'; there are cold, written");
    expect(() => scenarioOf(sound, 'toString')).toThrow(LessonError);
  });
});
