import type { PageSize } from '@pagewalk/engine';
import type { Words } from './words.ts';

const SIZE: Record<PageSize, string> = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' };
const KIND = { read: 'read', write: 'write', fetch: 'fetch' } as const;
const TABLE = { guest: 'guest', ept: 'EPT', npt: 'NPT' } as const;

const entry: Words['entry'] = (table, level, native = false) =>
  native ? `level ${level} entry` : `${TABLE[table]} level ${level} entry`;
const access = (kind: keyof typeof KIND, user: boolean): string =>
  `${user ? 'The program' : 'The kernel'} ${{ read: 'reads', write: 'writes to', fetch: 'fetches an instruction from' }[kind]}`;

export const en: Words = {
  table: (table) => TABLE[table],
  entry,
  kind: KIND,
  page: (size) => SIZE[size],
  startNative: ({ gva, cr3, kind, user }) =>
    `${access(kind, user)} ${gva}. CR3 says that the root table lies at ${cr3}.`,
  startNested: ({ gva, cr3, root, table, kind, user }) =>
    `${access(kind, user)} ${gva}. CR3 holds ${cr3}, a guest-physical address: before the guest’s first entry can be read, ${TABLE[table]} must translate it, beginning at its root ${root}.`,
  read: ({ number, table, level, bits, slot, translates, hpa, gpa }) =>
    table === 'guest' && gpa === null
      ? `Read ${number}, level ${level}: bits ${bits} of ${translates} select entry ${slot}, at ${hpa}.`
      : table === 'guest'
        ? `Read ${number}, guest level ${level}: bits ${bits} of ${translates} select entry ${slot}, at guest-physical ${gpa ?? ''}, which lies at host-physical ${hpa}.`
        : `Read ${number}, ${TABLE[table]} level ${level}: bits ${bits} of guest-physical ${translates} select entry ${slot}, at host-physical ${hpa}.`,
  pointsTo: ({ table, level, target, value, gpa }) =>
    `It holds ${value} and points to the level ${level - 1} table at ${
      table === 'guest' && gpa !== null
        ? `guest-physical ${target}, which has to be translated next`
        : target
    }.`,
  maps: ({ table, page, target, value, reached, gpa, row }) =>
    table === 'guest' && gpa !== null
      ? `It holds ${value} and maps a ${SIZE[page ?? '4K']} page at guest-physical ${target}. With the offset that is ${reached}, the last address to translate.`
      : table === 'guest'
        ? `It holds ${value} and maps a ${SIZE[page ?? '4K']} page at ${target}. With the offset that is ${reached}.`
        : `It holds ${value} and maps a ${SIZE[page ?? '4K']} page: ${
            row === 0 ? 'the data lies' : `the guest’s level ${row} entry lies`
          } at host-physical ${reached}.`,
  notPresent: ({ value }) => `It holds ${value}: not present. The walk ends here.`,
  reserved: ({ value }) => `It holds ${value}, with a reserved bit set. The walk ends here.`,
  misconfigured: ({ value }) =>
    `It holds ${value}, which no EPT entry may hold. The walk ends here.`,
  store: ({ table, level, native, set, before, value, hpa }) =>
    `The processor sets ${set.join(' and ')} in the ${entry(table, level, native)} at ${hpa}: ${before} becomes ${value}.`,
  ok: ({ gva, hpa, reads, page, nested }) =>
    `${gva} is ${nested ? 'host-physical' : 'physical'} ${hpa}, found by ${reads} reads of memory. A TLB would keep it as a ${SIZE[page]} page.`,
  pageFault: ({ code, cr2, why, reads, nested }) =>
    `Page fault (#PF) with error code ${code} after ${reads} reads: ${why}. CR2 holds ${cr2}.${
      nested ? ' The guest’s own handler gets it; there is no VM exit.' : ''
    }`,
  protection: ({ gva, levels }) =>
    `General protection (#GP): ${gva} is not canonical, its bits from ${levels === 5 ? 56 : 47} up are not all equal. No table is read.`,
  violation: ({ qualification, gpa, why }) =>
    `EPT violation, a VM exit, with exit qualification ${qualification}: ${why}. Guest-physical address ${gpa}.`,
  misconfiguration: ({ gpa }) =>
    `EPT misconfiguration, a VM exit, at guest-physical ${gpa}. There is no exit qualification: the entry itself is wrong.`,
  nestedFault: ({ code, gpa, why }) =>
    `Nested page fault (#NPF), a VM exit, with EXITINFO1 ${code}: ${why}. Guest-physical address ${gpa}.`,
  tooWide: ({ gpa }) =>
    `Guest-physical ${gpa} has more than 48 bits; a four-level nested table cannot translate it.`,
  why: {
    notPresent: 'an entry is not present',
    reserved: 'an entry has a reserved bit set',
    right: (kind) =>
      ({
        read: 'the entries do not allow this read',
        write: 'the entries do not allow this write',
        fetch: 'the entries do not allow this fetch',
      })[kind],
    tableWrite: 'an access to a guest table counts as a write, and its page may not be written',
    update:
      'the accessed or dirty bit of a guest entry is to be set, and its page may not be written',
  },
  memoryType: (type) =>
    ({
      0: 'uncacheable (UC)',
      1: 'write-combining (WC)',
      4: 'write-through (WT)',
      5: 'write-protected (WP)',
      6: 'write-back (WB)',
    })[type] ?? 'no such type',
  bit: {
    P: {
      name: 'present',
      set: 'the entry is used',
      clear: 'nothing here; other bits mean nothing',
    },
    RW: { name: 'read/write', set: 'writes allowed', clear: 'read-only' },
    US: { name: 'user/supervisor', set: 'user accesses allowed', clear: 'supervisor only' },
    PWT: { name: 'write-through', set: 'write-through', clear: 'write-back' },
    PCD: { name: 'cache disable', set: 'not cached', clear: 'cached' },
    A: { name: 'accessed', set: 'used for a translation', clear: 'not used since it was cleared' },
    D: { name: 'dirty', set: 'the page was written', clear: 'not written since it was cleared' },
    PS: { name: 'page size', set: 'maps a large page', clear: 'points to a table' },
    PAT: {
      name: 'PAT',
      set: 'third bit of the memory type is 1',
      clear: 'third bit of the memory type is 0',
    },
    G: {
      name: 'global',
      set: 'survives a CR3 load in the TLB',
      clear: 'of this address space only',
    },
    XD: { name: 'execute disable', set: 'fetches refused', clear: 'fetches allowed' },
    protectionKey: { name: 'protection key', set: 'unused here', clear: 'unused here' },
    R: { name: 'read', set: 'reads allowed', clear: 'reads refused' },
    W: { name: 'write', set: 'writes allowed', clear: 'writes refused' },
    X: { name: 'execute', set: 'fetches allowed', clear: 'fetches refused' },
    memoryType: { name: 'memory type', set: '', clear: '' },
    ignorePat: {
      name: 'ignore PAT',
      set: 'the guest’s PAT is ignored',
      clear: 'combined with the guest’s PAT',
    },
    large: { name: 'large page', set: 'maps a large page', clear: 'points to a table' },
    eptA: {
      name: 'accessed',
      set: 'used for a translation',
      clear: 'not used since it was cleared',
    },
    eptD: { name: 'dirty', set: 'the page was written', clear: 'not written since it was cleared' },
    address: { name: 'address', set: '', clear: '' },
    ignored: { name: 'ignored', set: 'free for software', clear: 'free for software' },
    reserved: { name: 'reserved', set: 'must be 0: a fault', clear: 'must be 0' },
  },
  code: {
    errorCode: [
      { bit: 0, name: 'P', set: 'every entry was present', clear: 'an entry was not present' },
      { bit: 1, name: 'W/R', set: 'the access was a write', clear: 'the access was not a write' },
      { bit: 2, name: 'U/S', set: 'by user mode', clear: 'by supervisor mode' },
      { bit: 3, name: 'RSVD', set: 'a reserved bit was set', clear: 'no reserved bit was set' },
      { bit: 4, name: 'I/D', set: 'the access was a fetch', clear: 'not a fetch' },
    ],
    qualification: [
      { bit: 0, name: 'read', set: 'the access was a data read', clear: 'no data read' },
      { bit: 1, name: 'write', set: 'the access was a data write', clear: 'no data write' },
      { bit: 2, name: 'fetch', set: 'the access was a fetch', clear: 'no fetch' },
      {
        bit: 3,
        name: 'R',
        set: 'the entries allowed reads',
        clear: 'the entries did not allow reads',
      },
      {
        bit: 4,
        name: 'W',
        set: 'the entries allowed writes',
        clear: 'the entries did not allow writes',
      },
      {
        bit: 5,
        name: 'X',
        set: 'the entries allowed fetches',
        clear: 'the entries did not allow fetches',
      },
      { bit: 7, name: 'linear', set: 'a linear address is involved', clear: 'no linear address' },
      {
        bit: 8,
        name: 'final',
        set: 'while translating the address itself',
        clear: 'at an access to a guest table',
      },
    ],
    exitInfo: [
      {
        bit: 0,
        name: 'P',
        set: 'every nested entry was present',
        clear: 'a nested entry was not present',
      },
      { bit: 1, name: 'RW', set: 'the access was a write', clear: 'the access was not a write' },
      { bit: 2, name: 'US', set: 'every nested access is a user access', clear: '' },
      { bit: 3, name: 'RSV', set: 'a reserved bit was set', clear: 'no reserved bit was set' },
      { bit: 4, name: 'ID', set: 'the access was a fetch', clear: 'not a fetch' },
      {
        bit: 32,
        name: 'final',
        set: 'while translating the address itself',
        clear: 'not in the final translation',
      },
      {
        bit: 33,
        name: 'table',
        set: 'at an access to a guest table',
        clear: 'not at a guest table',
      },
    ],
  },
};
