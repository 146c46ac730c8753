import type { Outcome, Translation } from '@pagewalk/engine';
import { scenarioOf } from '@pagewalk/lessons/define.ts';
import type { Run, WalkLesson } from '@pagewalk/lessons/schema.ts';
import type { Use } from './catalogue.ts';

/**
 * The numbers in a lesson's sentences. The prose names a state and what of it is meant; the engine
 * computes it when the page is made. No number of the machine is written by hand.
 */

/** What an entry held when the walk read it; `null` where the walk does not read it. */
export type EntryValue = { value: bigint; hpa: bigint } | null;

export interface Values {
  refs: Record<string, number>;
  outcome: Record<string, Outcome>;
  entry: Record<string, EntryValue>;
  /** Values that a lesson names itself. */
  value: Record<string, number>;
}

export const entryKey = (state: string, table: string, level: string, row: string): string =>
  [state, table, level, row].join(' ');

export class ValueError extends Error {
  override name = 'ValueError';
}

export function computeValues(lesson: WalkLesson, uses: readonly Use[], run: Run): Values {
  const values: Values = { refs: {}, outcome: {}, entry: {}, value: {} };
  const runs = new Map<string, Translation>();
  for (const { name, line, attributes } of uses) {
    if (!/^(refs|outcome|entry)$/.test(name)) continue;
    const { state = '', table = '', level = '', row = '' } = attributes;
    let translation = runs.get(state);
    if (translation === undefined) {
      try {
        translation = run(scenarioOf(lesson, state));
      } catch (error) {
        throw new ValueError(`line ${line}: :${name}{state=${state}}: ${(error as Error).message}`);
      }
      runs.set(state, translation);
    }
    if (name === 'refs') values.refs[state] = translation.references.length;
    if (name === 'outcome') values.outcome[state] = translation.outcome;
    if (name === 'entry') {
      const read = translation.references.find(
        (r) => r.table === table && r.level === Number(level) && r.row === Number(row),
      );
      values.entry[entryKey(state, table, level, row)] =
        read === undefined ? null : { value: read.value, hpa: read.hpa };
    }
  }
  return values;
}

/** The same for other machines: what the prose names of the lesson's own values. */
export function computeNamedValues<R>(
  lesson: { values: Record<string, { of: (read: R) => number }> },
  uses: readonly Use[],
  read: R,
): Values {
  const values: Values = { refs: {}, outcome: {}, entry: {}, value: {} };
  for (const { name, line, attributes } of uses) {
    if (name !== 'value') continue;
    const { id = '' } = attributes;
    const value = lesson.values[id];
    if (value === undefined) throw new ValueError(`line ${line}: :value{id=${id}}: no such value`);
    values.value[id] = value.of(read);
  }
  return values;
}
