import type { Access, PageSize, Table, WalkMachine } from '@pagewalk/engine';
import type { TeachingPage } from '@pagewalk/engine';

/** How an exercise speaks: everything of it that is language. The two languages lie beside this file. */

/** Names one entry of a walk. `row` as in the evidence: the guest level served, 0 for the page. */
export interface EntryRef {
  table: Table;
  level: number;
  row: number;
}

/** A change to an entry: these bits set, or cleared. */
export interface BitChange {
  bits: 'P' | 'R/W' | 'U/S' | 'XD' | 'R' | 'W' | 'X' | 'RWX' | 'A' | 'D' | 'A+D' | '51';
  to: 0 | 1;
}

/** The results that an exercise asks to name. */
export type ResultName =
  'ok' | 'page-fault' | 'ept-violation' | 'ept-misconfiguration' | 'nested-page-fault';

export type CodeName = 'page-fault' | 'ept-violation' | 'nested-page-fault';

export interface Words {
  unit: string;
  /** A table in a list of references. */
  table(table: Table): string;
  size(page: PageSize): string;
  results: Record<ResultName, string>;

  // The situation.
  machine(machine: WalkMachine): string;
  access(access: Access): string;
  page(page: TeachingPage): string;
  entry(entry: EntryRef, native: boolean): string;
  change(entry: EntryRef, change: BitChange, native: boolean): string;

  // The questions.
  askCount: string;
  askOrdinal(entry: string): string;
  askSlotOfGuest(level: number, address: string, native: boolean): string;
  askSlotOfNested(level: number, table: string, address: string): string;
  askTranslateNative(root: string, address: string): string;
  askTranslateNested(root: string, table: string, levels: number, address: string): string;
  askResult: string;
  askCode: Record<CodeName, string>;
  askTlb: string;
  askAfter(entry: string, value: string): string;
  entriesHeader: [string, string];

  // The solutions.
  rowTitle(row: number): string;
  countRow(row: number, table: string, nested: number, guest: number): string;
  countNative(references: number): string;
  countSum(sum: string): string;
  numberRow(row: number, numbers: string[]): string;
  ordinal(before: number, entry: string, number: number): string;
  slot(hi: number, lo: number, address: string, binary: string, slot: number): string;
  stepTable(
    level: number,
    hi: number,
    lo: number,
    slot: number,
    at: string,
    value: string,
    next: string,
  ): string;
  stepPage(
    level: number,
    hi: number,
    lo: number,
    slot: number,
    at: string,
    value: string,
    page: string,
  ): string;
  stepOffset(bits: number, offset: string, hpa: string): string;
  madeReferences(count: number): string;
  endedAt(
    entry: string,
    value: string,
    meaning: 'not-present' | 'reserved' | 'misconfigured',
  ): string;
  refusedGuest: string;
  refusedNested(gpa: string): string;
  refusedUpdate(entry: string): string;
  tablesAreWritten: string;
  /** One entry was changed, and the walk went through all the same. */
  unhindered: string;
  reached(hpa: string): string;
  resultIs(result: string): string;
  codeBits(code: string, bits: string[]): string;
  bitOf: Record<CodeName, Record<number, string>>;
  tlb(guest: string, host: string, page: string): string;
  ruleGuest: string;
  ruleEptOn: string;
  ruleEptOff: string;
  ruleNpt: string;
  stored(before: string, value: string): string;
  notStored(value: string): string;
}

/** EPT or NPT, as the field writes them. */
export const tableName = (table: Table): string => table.toUpperCase();
