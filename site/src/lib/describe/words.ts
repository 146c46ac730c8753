import type { AccessKind, BitName, PageSize, Table } from '@pagewalk/engine';

/** What a sentence about one entry read needs to know; every number is already text. */
export interface ReadFacts {
  /** Number of the reference, from 1. */
  number: number;
  table: Table;
  level: number;
  /** Bits of the address that select the entry. */
  bits: string;
  /** The address under translation. */
  translates: string;
  slot: number;
  hpa: string;
  gpa: string | null;
  value: string;
  target: string;
  page: PageSize | null;
  /** Level of the guest entry that this read serves; 0 for the page itself. */
  row: number;
  /** What the address under translation becomes, when the entry maps a page. */
  reached: string;
}

export interface StoreFacts {
  /** Whether there is one dimension only. */
  native: boolean;
  table: Table;
  level: number;
  hpa: string;
  before: string;
  value: string;
  /** Names of the bits that were set. */
  set: string[];
}

/** Everything that a language has to say about a walk. */
export interface Words {
  table: (table: Table) => string;
  /** On bare metal there is one kind of table only. */
  entry: (table: Table, level: number, native?: boolean) => string;
  kind: Record<AccessKind, string>;
  page: (size: PageSize) => string;
  startNative: (facts: { gva: string; cr3: string; kind: AccessKind; user: boolean }) => string;
  startNested: (facts: {
    gva: string;
    cr3: string;
    root: string;
    table: Table;
    kind: AccessKind;
    user: boolean;
  }) => string;
  read: (facts: ReadFacts) => string;
  pointsTo: (facts: ReadFacts) => string;
  maps: (facts: ReadFacts) => string;
  notPresent: (facts: ReadFacts) => string;
  reserved: (facts: ReadFacts) => string;
  misconfigured: (facts: ReadFacts) => string;
  store: (facts: StoreFacts) => string;
  ok: (facts: {
    gva: string;
    hpa: string;
    reads: number;
    page: PageSize;
    nested: boolean;
  }) => string;
  pageFault: (facts: {
    code: string;
    cr2: string;
    why: string;
    reads: number;
    nested: boolean;
  }) => string;
  protection: (facts: { gva: string; levels: number }) => string;
  violation: (facts: { qualification: string; gpa: string; why: string }) => string;
  misconfiguration: (facts: { gpa: string }) => string;
  nestedFault: (facts: { code: string; gpa: string; why: string }) => string;
  tooWide: (facts: { gpa: string }) => string;
  /** Why an access was refused. */
  why: {
    notPresent: string;
    reserved: string;
    right: (kind: AccessKind) => string;
    tableWrite: string;
    update: string;
  };
  /** EPT memory type (Intel SDM vol. 3, 29.3.7). */
  memoryType: (type: number) => string;
  bit: Record<BitName, { name: string; set: string; clear: string }>;
  code: {
    errorCode: readonly { bit: number; name: string; set: string; clear: string }[];
    qualification: readonly { bit: number; name: string; set: string; clear: string }[];
    exitInfo: readonly { bit: number; name: string; set: string; clear: string }[];
  };
}
