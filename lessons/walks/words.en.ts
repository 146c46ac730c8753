import { tableName } from './words.ts';
import type { BitChange, Words } from './words.ts';

const SIZES = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' } as const;

const BITS: Record<BitChange['bits'], string> = {
  P: 'P',
  'R/W': 'R/W',
  'U/S': 'U/S',
  XD: 'XD (bit 63)',
  R: 'R',
  W: 'W',
  X: 'X',
  RWX: 'R, W and X',
  A: 'A',
  D: 'D',
  'A+D': 'A and D',
  '51': 'bit 51',
};

const ACCESSES = {
  read: 'reads from',
  write: 'writes to',
  fetch: 'fetches an instruction from',
} as const;

const MEANINGS = {
  'not-present': 'is not present',
  reserved: 'has a reserved bit set',
  misconfigured: 'is present and illegal',
} as const;

export const en: Words = {
  unit: 'references',
  table: (table) => (table === 'guest' ? 'guest' : tableName(table)),
  size: (page) => SIZES[page],
  results: {
    ok: 'No fault: the access succeeds',
    'page-fault': 'Page fault (#PF), to the guest',
    'ept-violation': 'EPT violation, to the hypervisor',
    'ept-misconfiguration': 'EPT misconfiguration, to the hypervisor',
    'nested-page-fault': 'Nested page fault (#NPF), to the hypervisor',
  },

  machine: (machine) => {
    const guest = `${machine.levels}-level paging with ${SIZES[machine.guestPage]} pages`;
    if (machine.mode === 'native') return `Bare metal: ${guest}. All caches are empty.`;
    const host = `${tableName(machine.mode)} with ${machine.hostLevels} levels and ${SIZES[machine.hostPage]} pages`;
    const ad = machine.ad ? 'on' : 'off';
    const bits = machine.mode === 'ept' ? `, accessed and dirty bits ${ad}` : '';
    return `A guest: ${guest}. Under it: ${host}${bits}. All caches are empty.`;
  },
  access: ({ gva, kind, cpl }) =>
    `${cpl === 3 ? 'A program (CPL 3)' : 'The kernel (CPL 0)'} ${ACCESSES[kind]} \`0x${gva.toString(16)}\`.`,
  page: (page) =>
    `The leaf of this page is ${page.writable ? 'writable' : 'read-only'}, ` +
    `${page.executable ? 'executable' : 'not executable'} and ${page.user ? 'open to user mode' : 'for supervisor mode only'}; ` +
    'the entries above it allow everything. A is set in all of them, D is clear. WP and NXE are on, SMEP and SMAP off.',
  entry: ({ table, level, row }, native) => {
    if (table === 'guest')
      return native ? `the level-${level} entry` : `the guest’s level-${level} entry`;
    const goal = row === 0 ? 'the page' : `the guest’s level-${row} entry`;
    return `the ${tableName(table)} level-${level} entry on the way to ${goal}`;
  },
  change: (entry, { bits, to }, native) =>
    `But in ${en.entry(entry, native)}, ${BITS[bits]} ${bits === 'RWX' || bits === 'A+D' ? 'are' : 'is'} ${to === 1 ? 'set' : 'cleared'}.` +
    (bits === '51' ? ' Physical addresses have 46 bits.' : ''),

  askCount: 'How many memory references does the walk make? The access itself is not counted.',
  askOrdinal: (entry) =>
    `The references of the walk are numbered from 1. Which one reads ${entry}?`,
  askSlotOfGuest: (level, address, native) =>
    `Which slot (0 to 511) of the ${native ? '' : 'guest’s '}level-${level} table does the address \`${address}\` select?`,
  askSlotOfNested: (level, table, address) =>
    `Which slot (0 to 511) of the ${table} level-${level} table does the guest-physical address \`${address}\` select?`,
  askTranslateNative: (root, address) =>
    `CR3 holds \`${root}\`. Memory holds the entries below; a leaf above level 1 has bit 7 set. To which physical address is \`${address}\` translated?`,
  askTranslateNested: (root, table, levels, address) =>
    `The ${table} root, of ${levels} levels, lies at \`${root}\`. Memory holds the entries below; a leaf above level 1 has bit 7 set. To which host-physical address is the guest-physical address \`${address}\` translated?`,
  askResult: 'How does the translation end?',
  askCode: {
    'page-fault': 'It ends in a page fault. With which error code?',
    'ept-violation': 'It ends in an EPT violation. With which exit qualification?',
    'nested-page-fault': 'It ends in a nested page fault. What is in EXITINFO1?',
  },
  askTlb: 'The walk succeeds. How large a page does the resulting TLB entry cover?',
  askAfter: (entry, value) =>
    `Before the walk ${entry} is \`${value}\`. What is it after the walk?`,
  entriesHeader: ['Address', 'Entry'],

  rowTitle: (row) => (row === 0 ? 'for the page' : `for the guest’s level-${row} entry`),
  countRow: (row, table, nested, guest) =>
    `${en.rowTitle(row)}: ${nested} of ${table}${guest > 0 ? `, then ${guest} of the guest` : ''}`,
  countNative: (references) => `one for each level down to the leaf: ${references}`,
  countSum: (sum) => `Together ${sum}.`,
  numberRow: (row, numbers) => `${en.rowTitle(row)}: ${numbers.join(', ')}`,
  ordinal: (before, entry, number) =>
    `${before} references come before ${entry}, so it is number ${number}.`,
  slot: (hi, lo, address, binary, slot) =>
    `Bits ${hi}:${lo} of \`${address}\` are \`${binary}\` in binary, which is ${slot}.`,
  stepTable: (level, hi, lo, slot, at, value, next) =>
    `Level ${level}: bits ${hi}:${lo} select slot ${slot}. The entry at \`${at}\` is \`${value}\`; the next table lies at \`${next}\`.`,
  stepPage: (level, hi, lo, slot, at, value, page) =>
    `Level ${level}: bits ${hi}:${lo} select slot ${slot}. The entry at \`${at}\` is \`${value}\`, a leaf; the page lies at \`${page}\`.`,
  stepOffset: (bits, offset, hpa) =>
    `The low ${bits} bits of the address, \`${offset}\`, are the offset in the page: \`${hpa}\`.`,
  madeReferences: (count) => `The walk makes ${count} ${count === 1 ? 'reference' : 'references'}.`,
  endedAt: (entry, value, meaning) => `It ends at ${entry}: \`${value}\` ${MEANINGS[meaning]}.`,
  refusedGuest: 'All guest entries are read; together they do not allow the access.',
  refusedNested: (gpa) =>
    `The translation of the guest-physical address \`${gpa}\` reaches its leaf, but its entries together do not allow the access.`,
  refusedUpdate: (entry) =>
    `All guest entries are read and allow the access. Then ${entry} has to be written, to set its accessed or dirty bit, and the page that holds it is not writable in EPT.`,
  tablesAreWritten: 'An access to the guest’s tables counts as a write here.',
  unhindered: 'This access needs nothing that the changed entry takes away.',
  reached: (hpa) => `It reaches its end: \`${hpa}\`.`,
  resultIs: (result) => `Result: ${result}.`,
  codeBits: (code, bits) => `\`${code}\` has these bits set: ${bits.join('; ')}.`,
  bitOf: {
    'page-fault': {
      0: '0, the entry was present',
      1: '1, a write',
      2: '2, a user-mode access',
      3: '3, a reserved bit',
      4: '4, a fetch',
    },
    'ept-violation': {
      0: '0, a data read',
      1: '1, a data write',
      2: '2, a fetch',
      3: '3, R allowed by all entries',
      4: '4, W allowed by all entries',
      5: '5, X allowed by all entries',
      7: '7, from a linear address',
      8: '8, the final page',
    },
    'nested-page-fault': {
      0: '0, the entry was present',
      1: '1, a write, as every access to the guest’s tables is',
      2: '2, always set: a user access',
      3: '3, a reserved bit',
      4: '4, a fetch',
      32: '32, the final page',
      33: '33, an entry of the guest’s tables',
    },
  },
  tlb: (guest, host, page) =>
    `The guest’s page has ${guest}, the host’s ${host}. The entry covers the smaller: ${page}.`,
  ruleGuest: 'A is set in every guest entry used, and D in the leaf when the access is a write.',
  ruleEptOn:
    'With EPT’s bits on, A (bit 8) is set in every EPT entry used, and D (bit 9) in the leaf of a page that is written. An access to the guest’s tables counts as a write.',
  ruleEptOff: 'With EPT’s bits off the processor changes no EPT entry.',
  ruleNpt:
    'A is set in every nested entry used, and D in the leaf of a page that is written. An access to the guest’s tables counts as a write.',
  stored: (before, value) => `\`${before}\` becomes \`${value}\`.`,
  notStored: (value) => `Nothing is left to set in this entry: it stays \`${value}\`.`,
};
