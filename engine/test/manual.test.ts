import { describe, expect, test } from 'vitest';
import { engineUnderTest } from './engine-under-test.ts';
import type {
  AccessInput,
  EptInput,
  NptInput,
  PagingInput,
  TranslateInput,
} from './reference/contract.ts';
import { translateReference } from './reference/walk.ts';

/**
 * What the manuals say, one statement at a time, on machines small enough to check by eye. Each is put
 * to the engine and to the reference. Numbers in brackets are paragraphs of engine-facts.md.
 */

const { translate } = await engineUnderTest();

/** The answer of both, which a statement then describes. */
function answers(input: TranslateInput): [string, Record<string, unknown>][] {
  return [
    ['engine', translate(input)],
    ['reference', translateReference(input)],
  ];
}

function holds(input: TranslateInput, expected: Record<string, unknown>): void {
  for (const [who, answer] of answers(input))
    expect({ who, ...answer }).toMatchObject({ who, ...expected });
}

/**
 * The guest of every case: tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 (PD), 0x4000 (PT), the page
 * at 0x9000, all of it present, writable, user; the access is to 0x400123, which is slot 0, 0, 2, 0.
 */
interface Guest {
  pml5e?: string;
  pml4e?: string;
  pdpte?: string;
  pde?: string;
  pte?: string;
}

const GVA = '0x400123';

const guestMemory = (guest: Guest): [string, string][] => [
  ['0x1000', guest.pml4e ?? '0x2007'],
  ['0x2000', guest.pdpte ?? '0x3007'],
  ['0x3010', guest.pde ?? '0x4007'],
  ['0x4000', guest.pte ?? '0x9007'],
  // With five levels CR3 is 0x6000.
  ['0x6000', guest.pml5e ?? '0x1007'],
];

type Who = 'user' | 'kernel';
type Kind = AccessInput['kind'];

const access = (who: Who, kind: Kind, gva = GVA): AccessInput => ({
  gva,
  kind,
  cpl: who === 'user' ? 3 : 0,
});

/** A case on bare metal. */
const bare = (
  [who, kind, gva]: [Who, Kind, string?],
  guest: Guest = {},
  paging: Partial<PagingInput> = {},
): TranslateInput => ({
  id: 'bare',
  paging: { cr3: paging.levels === 5 ? '0x6000' : '0x1000', ...paging },
  nested: null,
  memory: guestMemory(guest),
  access: access(who, kind, gva),
});

const pageFault = (errorCode: number) => ({ result: 'page-fault', errorCode, cr2: GVA });

describe('a page fault’s error code (3.4)', () => {
  test.each<[string, [Who, Kind], Guest, number]>([
    ['a kernel read of an unmapped page', ['kernel', 'read'], { pte: '0x0' }, 0x0],
    ['a kernel write to an unmapped page', ['kernel', 'write'], { pte: '0x0' }, 0x2],
    ['a user read of an unmapped page', ['user', 'read'], { pte: '0x0' }, 0x4],
    ['a user write to an unmapped page', ['user', 'write'], { pte: '0x0' }, 0x6],
    ['a user fetch from an unmapped page', ['user', 'fetch'], { pte: '0x0' }, 0x14],
    ['a user read of a kernel page', ['user', 'read'], { pte: '0x9003' }, 0x5],
    ['a user write to a read-only page', ['user', 'write'], { pte: '0x9005' }, 0x7],
    ['a kernel write to a read-only page', ['kernel', 'write'], { pte: '0x9001' }, 0x3],
    ['a user fetch of an XD page', ['user', 'fetch'], { pte: '0x8000000000009007' }, 0x15],
    ['a user read through a reserved bit', ['user', 'read'], { pte: '0x400000009007' }, 0xd],
    ['a user write through a reserved bit', ['user', 'write'], { pde: '0x400000004007' }, 0xf],
  ])('%s is #PF with the right bits, and stores nothing', (_, who, guest, code) => {
    holds(bare(who, guest), { ...pageFault(code), stores: [] });
  });

  test('the I/D bit needs NXE or SMEP', () => {
    const fetch = (paging: Partial<PagingInput>) => bare(['user', 'fetch'], { pte: '0x0' }, paging);
    holds(fetch({ nxe: false, smep: false }), pageFault(0x4));
    holds(fetch({ nxe: false, smep: true }), pageFault(0x14));
    holds(fetch({ nxe: true, smep: false }), pageFault(0x14));
  });

  test('a not-present entry below hides a missing right above (3.5)', () => {
    holds(bare(['user', 'write'], { pde: '0x4005', pte: '0x0' }), pageFault(0x6));
  });

  test('a reserved bit below is found before a missing right above is judged (3.5)', () => {
    holds(bare(['user', 'write'], { pde: '0x4001', pte: '0x400000009007' }), pageFault(0xf));
  });

  test('a not-present entry’s other bits are not looked at (2.3)', () => {
    holds(bare(['user', 'read'], { pte: '0xfffffffffffffffe' }), pageFault(0x4));
  });

  test('the walk stops at the entry that faults, which is the last reference', () => {
    holds(bare(['user', 'read'], { pdpte: '0x0' }), {
      ...pageFault(0x4),
      refs: [
        ['guest', 4, '0x1000', '0x2007'],
        ['guest', 3, '0x2000', '0x0'],
      ],
    });
  });
});

describe('rights (3.1, 3.3)', () => {
  const ok = { result: 'ok', hpa: '0x9123' };

  test('one read-only entry anywhere makes the page read-only', () => {
    for (const guest of [{ pml4e: '0x2005' }, { pdpte: '0x3005' }, { pde: '0x4005' }]) {
      holds(bare(['user', 'write'], guest), pageFault(0x7));
      holds(bare(['user', 'read'], guest), ok);
    }
  });

  test('one supervisor entry anywhere makes it a supervisor page', () => {
    for (const guest of [{ pml4e: '0x2003' }, { pdpte: '0x3003' }, { pde: '0x4003' }]) {
      holds(bare(['user', 'read'], guest), pageFault(0x5));
      holds(bare(['kernel', 'read'], guest, { smap: true }), ok);
      holds(bare(['kernel', 'fetch'], guest, { smep: true }), ok);
    }
  });

  test('one XD entry anywhere forbids fetches, from either mode, and nothing else', () => {
    const guest = { pml4e: '0x8000000000002007' };
    holds(bare(['user', 'fetch'], guest), pageFault(0x15));
    holds(bare(['kernel', 'fetch'], guest), pageFault(0x11));
    holds(bare(['user', 'write'], guest), ok);
  });

  test('WP=0 lets the kernel write to a read-only page, not the user', () => {
    holds(bare(['kernel', 'write'], { pte: '0x9005' }, { wp: false }), ok);
    holds(bare(['kernel', 'write'], { pte: '0x9005' }, { wp: true }), pageFault(0x3));
    holds(bare(['user', 'write'], { pte: '0x9005' }, { wp: false }), pageFault(0x7));
  });

  test('SMEP: the kernel may not fetch from a user page', () => {
    holds(bare(['kernel', 'fetch'], {}, { smep: true }), pageFault(0x11));
    holds(bare(['kernel', 'fetch'], {}, { smep: false }), ok);
    holds(bare(['kernel', 'read'], {}, { smep: true }), ok);
  });

  test('SMAP: the kernel may not read or write a user page, unless AC; a fetch is no matter', () => {
    holds(bare(['kernel', 'read'], {}, { smap: true }), pageFault(0x1));
    holds(bare(['kernel', 'write'], {}, { smap: true }), pageFault(0x3));
    holds(bare(['kernel', 'read'], {}, { smap: true, ac: true }), ok);
    holds(bare(['kernel', 'write'], {}, { smap: true, ac: true }), ok);
    holds(bare(['kernel', 'fetch'], {}, { smap: true }), ok);
    holds(bare(['user', 'read'], {}, { smap: true }), ok);
  });

  test('AC does not make a read-only page writable, nor does WP=0 pass SMAP', () => {
    holds(bare(['kernel', 'write'], { pte: '0x9005' }, { smap: true, ac: true }), pageFault(0x3));
    holds(bare(['kernel', 'write'], { pte: '0x9005' }, { smap: true, wp: false }), pageFault(0x3));
  });
});

describe('reserved bits (2.1, 2.2)', () => {
  const reserved = pageFault(0xd);
  const read: [Who, Kind] = ['user', 'read'];

  test('NXE=0 reserves bit 63 of every entry', () => {
    for (const guest of [{ pml4e: '0x8000000000002007' }, { pte: '0x8000000000009007' }]) {
      holds(bare(read, guest, { nxe: false }), reserved);
      holds(bare(read, guest, { nxe: true }), { result: 'ok' });
    }
  });

  test('PS is reserved in a PML4E and in a PML5E', () => {
    holds(bare(read, { pml4e: '0x2087' }), reserved);
    holds(bare(read, { pml5e: '0x1087' }, { levels: 5 }), reserved);
  });

  test('PS in a PDPTE maps 1 GiB, and is reserved where there are no such pages', () => {
    const guest = { pdpte: '0x80000087' };
    holds(bare(read, guest), { result: 'ok', hpa: '0x80400123', page: '1G' });
    holds(bare(read, guest, { page1g: false }), reserved);
  });

  test('bits 20:13 of a 2 MiB leaf are reserved, bit 12 is PAT', () => {
    holds(bare(read, { pde: '0x80001087' }), { result: 'ok', hpa: '0x80000123', page: '2M' });
    holds(bare(read, { pde: '0x80002087' }), reserved);
    holds(bare(read, { pde: '0x80100087' }), reserved);
    holds(bare(read, { pde: '0x80200087' }), { result: 'ok', hpa: '0x80200123' });
  });

  test('bits 29:13 of a 1 GiB leaf are reserved, bit 12 is PAT', () => {
    holds(bare(read, { pdpte: '0x80001087' }), { result: 'ok', hpa: '0x80400123' });
    holds(bare(read, { pdpte: '0x80002087' }), reserved);
    holds(bare(read, { pdpte: '0xa0000087' }), reserved);
  });

  test('bit 7 of a PTE is PAT', () => {
    holds(bare(read, { pte: '0x9087' }), { result: 'ok', hpa: '0x9123' });
  });

  test('address bits from MAXPHYADDR up to 51 are reserved; 62:52 are not', () => {
    holds(bare(read, { pte: '0x1000009007' }, { maxphyaddr: 36 }), reserved);
    holds(bare(read, { pte: '0x8000000009007' }, { maxphyaddr: 51 }), reserved);
    holds(bare(read, { pte: '0x8000000009007' }, { maxphyaddr: 52 }), {
      result: 'ok',
      hpa: '0x8000000009123',
    });
    holds(bare(read, { pte: '0x7ff0000000009e1f' }), { result: 'ok', hpa: '0x9123' });
  });
});

describe('canonical addresses (1.2)', () => {
  const gp = { result: 'general-protection', errorCode: 0, refs: [], stores: [] };

  test.each(['0x800000000000', '0xffff7fffffffffff', '0x8000000000000000'])(
    '%s is not canonical with four levels: #GP before any reference',
    (gva) => holds(bare(['user', 'read', gva]), gp),
  );

  test.each(['0x7fffffffffff', '0xffff800000000000', '0xffffffffffffffff'])(
    '%s is canonical with four levels',
    (gva) => holds(bare(['user', 'read', gva]), { result: 'page-fault', cr2: gva }),
  );

  test.each(['0x100000000000000', '0xfeffffffffffffff'])(
    '%s is not canonical with five levels',
    (gva) => holds(bare(['user', 'read', gva], {}, { levels: 5 }), gp),
  );

  test.each(['0x800000000000', '0xffffffffffffff', '0xff00000000000000'])(
    '%s is canonical with five levels',
    (gva) => {
      holds(bare(['user', 'read', gva], {}, { levels: 5 }), { result: 'page-fault', cr2: gva });
    },
  );
});

describe('accessed and dirty bits (4.1, 4.3)', () => {
  test('a read sets A in every entry, D nowhere', () => {
    holds(bare(['user', 'read']), {
      stores: [
        ['0x1000', '0x2027'],
        ['0x2000', '0x3027'],
        ['0x3010', '0x4027'],
        ['0x4000', '0x9027'],
      ],
    });
  });

  test('a write sets A and D of the leaf in one store', () => {
    const guest = { pml4e: '0x2027', pdpte: '0x3027', pde: '0x4027' };
    holds(bare(['user', 'write'], guest), { stores: [['0x4000', '0x9067']] });
  });

  test('a write to a clean page that has been read sets D alone', () => {
    const guest = { pml4e: '0x2027', pdpte: '0x3027', pde: '0x4027', pte: '0x9027' };
    holds(bare(['user', 'write'], guest), { stores: [['0x4000', '0x9067']] });
    holds(bare(['user', 'read'], guest), { stores: [] });
    holds(bare(['user', 'fetch'], guest), { stores: [] });
  });

  test('the contract’s own example', () => {
    const input = bare(['user', 'write'], {
      pml4e: '0x2027',
      pdpte: '0x3027',
      pde: '0x4027',
      pte: '0x9007',
    });
    holds(input, {
      result: 'ok',
      hpa: '0x9123',
      guestPage: '4K',
      page: '4K',
      refs: [
        ['guest', 4, '0x1000', '0x2027'],
        ['guest', 3, '0x2000', '0x3027'],
        ['guest', 2, '0x3010', '0x4027'],
        ['guest', 1, '0x4000', '0x9007'],
      ],
      stores: [['0x4000', '0x9067']],
    });
  });

  test('a recursive entry used at all four levels is read four times and stored twice', () => {
    // Slot 256 of the PML4 points to the PML4: through it the PML4 is its own PDPT, PD, PT and page.
    const gva = '0xffff804020100800';
    const input: TranslateInput = {
      ...bare(['kernel', 'write', gva]),
      memory: [['0x1800', '0x1003']],
    };
    holds(input, {
      result: 'ok',
      hpa: '0x1800',
      refs: [4, 3, 2, 1].map((level) => ['guest', level, '0x1800', '0x1003']),
      // A with the first use; D with the last, on the entry as memory has it by then.
      stores: [
        ['0x1800', '0x1023'],
        ['0x1800', '0x1063'],
      ],
    });
  });

  test('the low 12 bits of CR3 are ignored, and of two entries for an address the later counts', () => {
    const input = bare(['user', 'read'], {}, { cr3: '0x1fff' });
    holds(
      { ...input, memory: [['0x4000', '0x0'], ...input.memory] },
      { result: 'ok', hpa: '0x9123' },
    );
  });
});

/**
 * The nested table of every case: PML4 at 0x100000, PDPT 0x101000, PD 0x102000, PT 0x103000, which
 * maps the guest-physical pages 0x1000 to 0x9000 to the same host addresses.
 */
interface Host {
  pml4e?: string;
  pdpte?: string;
  pde?: string;
  /** Entries of the PT by guest-physical page. */
  ptes?: Record<string, string>;
}

const GUEST_PAGES = [0x1000, 0x2000, 0x3000, 0x4000, 0x6000, 0x9000];

function hostMemory(host: Host, table: string, leaf: string): [string, string][] {
  const entry = (page: number): string => {
    const name = `0x${page.toString(16)}`;
    return host.ptes?.[name] ?? `0x${(page | Number(leaf)).toString(16)}`;
  };
  return [
    ['0x100000', host.pml4e ?? `0x101${table}`],
    ['0x101000', host.pdpte ?? `0x102${table}`],
    ['0x102000', host.pde ?? `0x103${table}`],
    ...GUEST_PAGES.map((page): [string, string] => [
      `0x${(0x103000 + (page >> 12) * 8).toString(16)}`,
      entry(page),
    ]),
  ];
}

/** Guest entries that need no accessed or dirty update. */
const SETTLED: Guest = { pml4e: '0x2027', pdpte: '0x3027', pde: '0x4027', pte: '0x9067' };

const ept = (
  [who, kind]: [Who, Kind],
  host: Host = {},
  guest: Guest = SETTLED,
  settings: Partial<EptInput> = {},
): TranslateInput => ({
  id: 'ept',
  paging: { cr3: '0x1000' },
  nested: { kind: 'ept', root: '0x100000', ...settings },
  memory: [...guestMemory(guest), ...hostMemory(host, '007', '0x37')],
  access: access(who, kind),
});

const npt = (
  [who, kind]: [Who, Kind],
  host: Host = {},
  guest: Guest = SETTLED,
  settings: Partial<NptInput> = {},
): TranslateInput => ({
  id: 'npt',
  paging: { cr3: '0x1000' },
  nested: { kind: 'npt', root: '0x100000', ...settings },
  memory: [...guestMemory(guest), ...hostMemory(host, '067', '0x67')],
  access: access(who, kind),
});

const violation = (qualification: number, gpa: string) => ({
  result: 'ept-violation',
  qualification,
  gpa,
});

describe('EPT rights (5.4, 5.6, 5.7)', () => {
  test('the smallest case: 24 references, none stored to', () => {
    for (const [, answer] of answers(ept(['user', 'write']))) {
      expect(answer).toMatchObject({ result: 'ok', gpa: '0x9123', hpa: '0x9123', stores: [] });
      expect(answer['refs']).toHaveLength(24);
    }
  });

  test.each<[Kind, string, number]>([
    ['read', '0x9034', 0b1_1010_0001], // X alone
    ['write', '0x9035', 0b1_1010_1010], // R and X
    ['write', '0x9031', 0b1_1000_1010], // R alone
    ['fetch', '0x9033', 0b1_1001_1100], // R and W
    ['read', '0x9030', 0b1_1000_0001], // not present
    ['write', '0x9030', 0b1_1000_0010],
    ['fetch', '0x9030', 0b1_1000_0100],
  ])('a %s of a final page mapped by %s has qualification %i', (kind, pte, qualification) => {
    holds(ept(['user', kind], { ptes: { '0x9000': pte } }), violation(qualification, '0x9123'));
  });

  test('rights are the AND over the levels', () => {
    const host = { pde: '0x103003', ptes: { '0x9000': '0x9035' } }; // RW, then R and X
    // Bit 8: the final translation; R alone is left.
    holds(ept(['user', 'fetch'], host), violation(0b1_1000_1100, '0x9123'));
    holds(ept(['user', 'write'], host), violation(0b1_1000_1010, '0x9123'));
    holds(ept(['user', 'read'], host), { result: 'ok' });
  });

  test('a not-present entry on the way gives no rights at all, whatever stands above', () => {
    const host = { pde: '0x103000' };
    holds(ept(['user', 'read'], host), violation(0b0_1000_0001, '0x1000'));
  });

  test('U/S in the guest’s tables is not EPT’s matter: a kernel access needs the same rights', () => {
    const host = { ptes: { '0x9000': '0x9031' } };
    holds(ept(['kernel', 'write'], host), violation(0b1_1000_1010, '0x9123'));
  });

  test('reading a guest entry is a data read also when the access is a fetch (5.8)', () => {
    const host = { ptes: { '0x4000': '0x4033' } }; // no X under the guest's page table
    holds(ept(['user', 'fetch'], host), { result: 'ok' });
    holds(
      ept(['user', 'fetch'], { ptes: { '0x4000': '0x4034' } }),
      violation(0b0_1010_0001, '0x4000'),
    );
  });

  test('an EPT violation of a table page comes before any judgement of the guest entry (5.11)', () => {
    const host = { ptes: { '0x4000': '0x0' } };
    holds(
      ept(['user', 'read'], host, { ...SETTLED, pte: '0x0' }),
      violation(0b0_1000_0001, '0x4000'),
    );
  });

  test('a guest page fault comes before the final page’s violation, and stores nothing', () => {
    const host = { ptes: { '0x9000': '0x0' } };
    holds(ept(['user', 'write'], host, { pte: '0x9005' }), { ...pageFault(0x7), stores: [] });
  });

  test('guest accessed bits stay stored when the final page then faults', () => {
    const host = { ptes: { '0x9000': '0x0' } };
    holds(ept(['user', 'write'], host, { ...SETTLED, pte: '0x9007' }), {
      ...violation(0b1_1000_0010, '0x9123'),
      stores: [['0x4000', '0x9067']],
    });
  });
});

describe('EPT A/D off and the guest’s page table read-only in EPT (5.10)', () => {
  // Bits 0 and 1 (a read-modify-write), R and X of the page, bit 7, not bit 8.
  const refused = { ...violation(0b0_1010_1011, '0x4000'), stores: [] };
  const allowed = { result: 'ok', stores: [] };

  test.each<[string, string, object, object, object]>([
    ['A=0', '0x9007', refused, refused, refused],
    ['A=1, D=0', '0x9027', allowed, allowed, refused],
    ['A=1, D=1', '0x9067', allowed, allowed, allowed],
  ])('guest leaf with %s', (_, pte, read, fetch, write) => {
    const host = { ptes: { '0x4000': '0x4035' } };
    holds(ept(['user', 'read'], host, { ...SETTLED, pte }), { ...read });
    holds(ept(['user', 'fetch'], host, { ...SETTLED, pte }), { ...fetch });
    holds(ept(['user', 'write'], host, { ...SETTLED, pte }), { ...write });
  });

  test('updates above the refused one have been stored, root first', () => {
    const host = { ptes: { '0x3000': '0x3035' } };
    holds(ept(['user', 'read'], host, {}), {
      ...violation(0b0_1010_1011, '0x3010'),
      stores: [
        ['0x1000', '0x2027'],
        ['0x2000', '0x3027'],
      ],
    });
  });

  test('a table page that is not present in EPT: bit 0 alone, with A/D on bits 0 and 1', () => {
    const host = { ptes: { '0x4000': '0x0' } };
    holds(ept(['user', 'write'], host), violation(0b0_1000_0001, '0x4000'));
    holds(ept(['user', 'read'], host, SETTLED, { ad: true }), violation(0b0_1000_0011, '0x4000'));
  });
});

describe('EPT accessed and dirty bits (5.9)', () => {
  test('with A/D on, a guest table page that EPT maps read-only is a violation with bits 0 and 1', () => {
    const host = { ptes: { '0x4000': '0x4035' } };
    for (const kind of ['read', 'write', 'fetch'] as const) {
      holds(ept(['user', kind], host, SETTLED, { ad: true }), violation(0b0_1010_1011, '0x4000'));
    }
  });

  test('a guest read dirties the EPT leaf of each guest table page, not of the page it reads', () => {
    holds(ept(['user', 'read'], {}, SETTLED, { ad: true }), {
      result: 'ok',
      stores: [
        ['0x100000', '0x101107'], // the EPT entries above have A only, from their first use
        ['0x101000', '0x102107'],
        ['0x102000', '0x103107'],
        ['0x103008', '0x1337'], // the page of the guest's PML4: A and D
        ['0x103010', '0x2337'],
        ['0x103018', '0x3337'],
        ['0x103020', '0x4337'],
        ['0x103048', '0x9137'], // the page itself: A
      ],
    });
  });

  test('a guest write dirties the EPT leaf of the page it writes', () => {
    for (const [, answer] of answers(ept(['user', 'write'], {}, SETTLED, { ad: true }))) {
      expect((answer['stores'] as unknown[]).at(-1)).toEqual(['0x103048', '0x9337']);
    }
  });

  test('an EPT entry updated earlier in the walk reads as updated later in it', () => {
    for (const [, answer] of answers(ept(['user', 'read'], {}, SETTLED, { ad: true }))) {
      const refs = answer['refs'] as unknown[];
      expect(refs[0]).toEqual(['ept', 4, '0x100000', '0x101007']);
      expect(refs[5]).toEqual(['ept', 4, '0x100000', '0x101107']);
    }
  });

  test('a translation that faults sets no bits of its own', () => {
    const host = { ptes: { '0x1000': '0x1035' } };
    holds(ept(['user', 'read'], host, SETTLED, { ad: true }), {
      ...violation(0b0_1010_1011, '0x1000'),
      stores: [],
    });
  });
});

describe('EPT misconfigurations (5.5)', () => {
  const misconfigured = (gpa: string) => ({ result: 'ept-misconfiguration', gpa });
  const final = (pte: string, settings: Partial<EptInput> = {}) =>
    ept(['user', 'fetch'], { ptes: { '0x9000': pte } }, SETTLED, settings);

  test.each([
    ['W without R', '0x9032'],
    ['W and X without R', '0x9036'],
    ['memory type 2', '0x9017'],
    ['memory type 3', '0x901f'],
    ['memory type 7', '0x903f'],
    ['address bit 46 with MAXPHYADDR 46', '0x400000009037'],
    ['address bit 51', '0x8000000009037'],
  ])('a leaf with %s', (_, pte) => holds(final(pte), misconfigured('0x9123')));

  test.each([
    ['memory type 0', '0x9007'],
    ['memory type 1', '0x900f'],
    ['memory type 4', '0x9027'],
    ['memory type 5', '0x902f'],
    ['memory type 6', '0x9037'],
    ['bit 7 and ignore PAT in a PTE', '0x90f7'],
    ['bits 11:8 and 63:52', '0xfff0000000009f37'],
  ])('not a leaf with %s', (_, pte) => holds(final(pte), { result: 'ok', hpa: '0x9123' }));

  test('X alone: allowed where the processor has execute-only, misconfigured where not', () => {
    holds(final('0x9034', { executeOnly: true }), { result: 'ok' });
    holds(final('0x9034', { executeOnly: false }), misconfigured('0x9123'));
  });

  test('bits 7:3 of a PML4E and 6:3 of a PDPTE or PDE that points to a table', () => {
    const first = (host: Host) => ept(['user', 'read'], host);
    for (const bit of [3, 4, 5, 6, 7]) {
      const set = (entry: number) => `0x${(entry | (1 << bit)).toString(16)}`;
      holds(first({ pml4e: set(0x101007) }), misconfigured('0x1000'));
      if (bit === 7) continue; // there it selects a leaf
      holds(first({ pdpte: set(0x102007) }), misconfigured('0x1000'));
      holds(first({ pde: set(0x103007) }), misconfigured('0x1000'));
    }
  });

  test('bits 20:12 of a 2 MiB leaf and 29:12 of a 1 GiB leaf: bit 12 is no PAT here', () => {
    const first = (host: Host) => ept(['user', 'read'], host);
    holds(first({ pde: '0x10b7' }), misconfigured('0x1000'));
    holds(first({ pde: '0x1000b7' }), misconfigured('0x1000'));
    holds(first({ pdpte: '0x10b7' }), misconfigured('0x1000'));
    holds(first({ pdpte: '0x200000b7' }), misconfigured('0x1000'));
    holds(first({ pde: '0xb7' }), { result: 'ok', hpa: '0x9123', hostPage: '2M', page: '4K' });
    holds(first({ pdpte: '0xb7' }), { result: 'ok', hpa: '0x9123', hostPage: '1G', page: '4K' });
  });

  test('a not-present entry is a violation, whatever reserved bits it has (5.6)', () => {
    holds(final('0x8000000009038'), violation(0b1_1000_0100, '0x9123'));
  });

  test('a misconfiguration below is found before a missing right above is judged', () => {
    const host = { pde: '0x103001', ptes: { '0x9000': '0x903f' } };
    holds(ept(['user', 'write'], host), misconfigured('0x9123'));
  });
});

describe('NPT (6.2, 6.3, 6.5)', () => {
  const nested = (errorCode: string, gpa: string) => ({
    result: 'nested-page-fault',
    errorCode,
    gpa,
  });
  const final = (kind: Kind, pte: string, settings: Partial<NptInput> = {}) =>
    npt(['user', kind], { ptes: { '0x9000': pte } }, SETTLED, settings);

  test.each<[string, Kind, string, string]>([
    ['not present, final read', 'read', '0x0', '0x100000004'],
    ['NX, final fetch', 'fetch', '0x8000000000009067', '0x100000015'],
    ['US=0, final read', 'read', '0x9063', '0x100000005'],
    ['RW=0, final write', 'write', '0x9065', '0x100000007'],
    ['reserved bit in the PTE of the final page, read', 'read', '0x400000009067', '0x10000000d'],
    ['the same on a fetch, NXE on', 'fetch', '0x400000009067', '0x10000001d'],
  ])('EXITINFO1: %s', (_, kind, pte, code) => holds(final(kind, pte), nested(code, '0x9123')));

  test('a fetch has no ID bit when the host’s NXE is off; NX is reserved then', () => {
    holds(final('fetch', '0x0', { nxe: false }), nested('0x100000004', '0x9123'));
    holds(final('fetch', '0x400000009067', { nxe: false }), nested('0x10000000d', '0x9123'));
    holds(final('read', '0x8000000000009067', { nxe: false }), nested('0x10000000d', '0x9123'));
  });

  test('RW=0 on a guest table page faults on any access: the guest’s walk writes', () => {
    for (const kind of ['read', 'write', 'fetch'] as const) {
      const input = npt(['user', kind], { ptes: { '0x1000': '0x1065' } });
      holds(input, { ...nested('0x200000007', '0x1000'), stores: [] });
    }
  });

  test('a guest table page that is not present: a user write, of a guest table', () => {
    const input = npt(['kernel', 'fetch'], { ptes: { '0x3000': '0x0' } });
    holds(input, nested('0x200000006', '0x3010'));
  });

  test('a reserved bit in the nested PML4E or PDPTE is met by the guest’s walk first', () => {
    holds(npt(['user', 'fetch'], { pml4e: '0x1010e7' }), nested('0x20000000f', '0x1000'));
    holds(npt(['user', 'read'], { pdpte: '0x400000102067' }), nested('0x20000000f', '0x1000'));
  });

  test('every nested access is a user access, the kernel’s as well; the guest’s U/S is its own', () => {
    const host = { ptes: { '0x9000': '0x9063' } };
    holds(npt(['kernel', 'read'], host), nested('0x100000005', '0x9123'));
    holds(npt(['kernel', 'read'], {}, { ...SETTLED, pte: '0x9063' }), { result: 'ok' });
    holds(npt(['user', 'read'], {}, { ...SETTLED, pte: '0x9063' }), pageFault(0x5));
  });

  test('NX on a guest table page is no matter: it is written, never fetched', () => {
    const host = { ptes: { '0x4000': '0x8000000000004067' } };
    holds(npt(['user', 'fetch'], host), { result: 'ok' });
  });

  test('nested D is set for every guest table page, and for the final page on a write (6.4)', () => {
    const ptes = Object.fromEntries(
      GUEST_PAGES.map((page) => [`0x${page.toString(16)}`, `0x${(page | 7).toString(16)}`]),
    );
    const tables = [
      ['0x103008', '0x1067'],
      ['0x103010', '0x2067'],
      ['0x103018', '0x3067'],
      ['0x103020', '0x4067'],
    ];
    holds(npt(['user', 'read'], { ptes }), { stores: [...tables, ['0x103048', '0x9027']] });
    holds(npt(['user', 'write'], { ptes }), { stores: [...tables, ['0x103048', '0x9067']] });
  });

  test('1 GiB nested pages need no capability, and there are no misconfigurations', () => {
    const input = npt(['user', 'read'], { pdpte: '0xe7' });
    holds(
      { ...input, paging: { ...input.paging, page1g: false } },
      { result: 'ok', hostPage: '1G' },
    );
    holds(final('write', '0x9062'), nested('0x100000006', '0x9123')); // W without P: not present
  });
});

describe('the size of a TLB entry is the smaller of guest and host page (7.7)', () => {
  test('a 2 MiB guest page over 4 KiB host pages', () => {
    const guest = { ...SETTLED, pde: '0xe7' };
    // 0x400123 lies in the guest's page at offset 0x123, which is guest-physical 0x123.
    const input = ept(['user', 'read'], {}, guest);
    holds(
      { ...input, memory: [...input.memory, ['0x103000', '0x5037']] },
      { result: 'ok', gpa: '0x123', hpa: '0x5123', guestPage: '2M', hostPage: '4K', page: '4K' },
    );
  });

  test('a 1 GiB guest page over a 2 MiB host page', () => {
    const guest = { ...SETTLED, pdpte: '0xe7' };
    const input = ept(['user', 'read'], { pde: '0xb7' }, guest);
    holds(
      { ...input, memory: [...input.memory, ['0x102010', '0x6000b7']] },
      {
        result: 'ok',
        gpa: '0x400123',
        hpa: '0x600123',
        guestPage: '1G',
        hostPage: '2M',
        page: '2M',
      },
    );
  });
});

describe('a guest-physical address of more than 48 bits under four nested levels is invalid', () => {
  const wide = (input: TranslateInput): TranslateInput => ({
    ...input,
    paging: { ...input.paging, maxphyaddr: 52 },
  });

  test('in a guest entry that points to a table, or to the page', () => {
    holds(wide(ept(['user', 'read'], {}, { ...SETTLED, pde: '0x1000000004027' })), {
      result: 'invalid',
    });
    holds(wide(npt(['user', 'read'], {}, { ...SETTLED, pte: '0x8000000009067' })), {
      result: 'invalid',
    });
  });

  test('in CR3, before anything else is looked at', () => {
    const input = wide(ept(['user', 'read']));
    const paging = { ...input.paging, cr3: '0x1000000001000' };
    holds({ ...input, paging }, { result: 'invalid' });
    holds(
      { ...input, paging, access: { ...input.access, gva: '0x8000000000000000' } },
      { result: 'invalid' },
    );
  });

  test('not where the guest’s own fault comes first', () => {
    const guest = { ...SETTLED, pte: '0x8000000009065' };
    holds(wide(ept(['user', 'write'], {}, guest)), pageFault(0x7));
  });
});
