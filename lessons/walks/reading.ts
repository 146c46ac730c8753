import type { Address, Reference, Translation, WalkMachine, WalkScenario } from '@pagewalk/engine';
import type { CodeName, EntryRef, ResultName, Words } from './words.ts';

/** Reading the evidence of a walk for an exercise: nothing is computed here that a walk did not say. */

export const hex = (value: Address): string => `0x${value.toString(16)}`;

export const nameOf = (words: Words, entry: EntryRef, machine: WalkMachine): string =>
  words.entry(entry, machine.mode === 'native');

/** The reference that reads an entry of this name. */
export function find({ references }: Translation, entry: EntryRef): Reference {
  const found = references.find(
    ({ table, level, row }) => table === entry.table && level === entry.level && row === entry.row,
  );
  if (found === undefined) throw new Error(`the walk reads no ${entry.table} ${entry.level} entry`);
  return found;
}

/** The bits of an address that index the tables of a level. */
export const bitsOfLevel = (level: number): [high: number, low: number] => [
  9 * level + 11,
  9 * level + 3,
];

/** The rows of a walk in order: the guest level that each serves (0 = page) and its references. */
export function rowsOf({ references }: Translation): [row: number, references: Reference[]][] {
  const rows = new Map<number, Reference[]>();
  for (const reference of references) {
    const row = rows.get(reference.row);
    if (row === undefined) rows.set(reference.row, [reference]);
    else row.push(reference);
  }
  return [...rows];
}

/** The nested entries of one row; of a walk on bare metal (`null`) all entries. */
export const stepsOf = ({ references }: Translation, row: number | null): Reference[] =>
  references.filter(
    (reference) => row === null || (reference.row === row && reference.table !== 'guest'),
  );

export function isResult(result: string, words: Words): result is ResultName {
  return Object.hasOwn(words.results, result);
}

export const isCode = (result: string): result is CodeName =>
  result === 'page-fault' || result === 'ept-violation' || result === 'nested-page-fault';

export function codeOf({ outcome }: Translation): Address {
  if (outcome.result === 'ept-violation') return BigInt(outcome.qualification);
  if (outcome.result === 'nested-page-fault') return outcome.errorCode;
  if (outcome.result === 'page-fault') return BigInt(outcome.errorCode);
  throw new Error(`${outcome.result} has no code`);
}

/** Why the walk ended as it did, in sentences. */
export function explain(
  words: Words,
  join: (...sentences: string[]) => string,
  { machine }: WalkScenario,
  walk: Translation,
): string {
  const { outcome, references } = walk;
  const last = references.at(-1);
  const count = words.madeReferences(references.length);
  if (outcome.result === 'ok') {
    return join(count, words.unhindered, words.reached(hex(outcome.hpa)));
  }
  if (last === undefined) return count;
  const { meaning } = last;
  if (meaning === 'not-present' || meaning === 'reserved' || meaning === 'misconfigured') {
    return join(count, words.endedAt(nameOf(words, last, machine), hex(last.value), meaning));
  }
  if (outcome.result === 'page-fault') return join(count, words.refusedGuest);
  const gpa = 'gpa' in outcome ? outcome.gpa : 0n;
  // A guest entry that was read already and is now the address refused: its update was.
  const updated = references.find(({ table, gpa: own }) => table === 'guest' && own === gpa);
  if (updated !== undefined) {
    return join(count, words.refusedUpdate(nameOf(words, updated, machine)));
  }
  const writes = last.row > 0 && (machine.mode === 'npt' || machine.ad);
  return join(count, words.refusedNested(hex(gpa)), ...(writes ? [words.tablesAreWritten] : []));
}

/** The numbers of the bits that are set, lowest first. */
export const bitsOf = (value: Address): number[] =>
  [...value.toString(2)].reverse().flatMap((digit, bit) => (digit === '1' ? [bit] : []));
