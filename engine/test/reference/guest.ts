import type { AccessKind, PageSize } from './contract.ts';
import { A, D, P, RW, US, XD, entryRules, hasReserved, isLeaf } from './longmode.ts';
import { bit, entryOffset, lowBit, sizeAtLevel } from './trace.ts';
import type { Fault, Mapped, SecondDimension, Trace } from './trace.ts';

export interface GuestPaging {
  levels: number;
  cr3: bigint;
  maxphyaddr: number;
  wp: boolean;
  nxe: boolean;
  smep: boolean;
  smap: boolean;
  ac: boolean;
  page1g: boolean;
}

export interface GuestAccess {
  gva: bigint;
  kind: AccessKind;
  user: boolean;
}

export interface Success {
  end: null;
  gpa: bigint;
  guestPage: PageSize;
  final: Mapped;
}

/** The linear address of a bare machine is translated once: physical is physical. */
export const bareMetal: SecondDimension = {
  translate: (gpa) => ({ end: null, hpa: gpa, page: null, updateFault: null }),
};

/** SDM vol. 1, 3.3.7.1: bits 63:47 (four levels) or 63:56 (five) are all equal. */
const canonical = (gva: bigint, levels: number): boolean => {
  const upper = gva >> BigInt(levels === 5 ? 56 : 47);
  return upper === 0n || upper === bit(levels === 5 ? 8 : 17) - 1n;
};

/** IA-32e paging (SDM 4.5 to 4.8), each address in it translated by the second dimension. */
export function walkGuest(
  trace: Trace,
  paging: GuestPaging,
  access: GuestAccess,
  second: SecondDimension,
): Success | Fault {
  const { gva, kind } = access;
  if (!canonical(gva, paging.levels)) return { end: 'fault', result: 'general-protection' };

  const rules = entryRules(paging);
  const pageFault = (why: number): Fault => ({
    end: 'fault',
    result: 'page-fault',
    errorCode: why | describe(paging, access),
  });

  const used: { gpa: bigint; at: Mapped }[] = [];
  let common = RW | US;
  let noExecute = 0n;
  let table = paging.cr3 & ~0xfffn;
  for (let level = paging.levels; ; level--) {
    const entryGpa = table | entryOffset(gva, level);
    const before = trace.refs.length;
    const at = second.translate(entryGpa, { table: true });
    if (at.end !== null) return at;
    const entry = trace.read('guest', level, at.hpa);
    trace.servedLast(before);

    // SDM 4.7, and the order of 3.5 in engine-facts.md: P of this entry, then its reserved bits.
    if ((entry & P) === 0n) return pageFault(0);
    if (hasReserved(rules, entry, level)) return pageFault(0b1001);
    used.push({ gpa: entryGpa, at });
    common &= entry;
    noExecute |= entry & XD;
    if (!isLeaf(entry, level)) {
      table = entry & rules.tableAddress;
      continue;
    }

    const rights = {
      user: (common & US) !== 0n,
      writable: (common & RW) !== 0n,
      executable: noExecute === 0n,
    };
    if (!permitted(paging, access, rights)) return pageFault(0b0001);

    // SDM 4.8: A in every entry used, D in the leaf on a write; only now that the walk is permitted, and
    // before the final address is translated (contract, 3).
    for (const [i, { at: entryAt }] of used.entries()) {
      const flags = kind === 'write' && i === used.length - 1 ? A | D : A;
      if (!trace.lacks(entryAt.hpa, flags)) continue;
      if (entryAt.updateFault !== null) return entryAt.updateFault;
      trace.set(entryAt.hpa, flags);
    }

    const offset = bit(lowBit(level)) - 1n;
    const gpa = (entry & rules.leafAddress[level]!) | (gva & offset);
    const final = second.translate(gpa, { table: false, kind });
    if (final.end !== null) return final;
    return { end: null, gpa, guestPage: sizeAtLevel(level), final };
  }
}

/** SDM 4.7: the bits of the error code that describe the access: W/R, U/S, I/D. */
function describe(paging: GuestPaging, { kind, user }: GuestAccess): number {
  const write = kind === 'write' ? 1 << 1 : 0;
  const mode = user ? 1 << 2 : 0;
  const fetch = kind === 'fetch' && (paging.nxe || paging.smep) ? 1 << 4 : 0;
  return write | mode | fetch;
}

/** SDM 4.6.1: "Determination of Access Rights", row by row. */
function permitted(
  paging: GuestPaging,
  access: GuestAccess,
  page: { user: boolean; writable: boolean; executable: boolean },
): boolean {
  if (access.user) {
    if (!page.user) return false;
    if (access.kind === 'read') return true;
    return access.kind === 'write' ? page.writable : page.executable;
  }
  if (access.kind === 'fetch') return page.executable && !(page.user && paging.smep);
  if (page.user && paging.smap && !paging.ac) return false;
  return access.kind === 'read' || page.writable || !paging.wp;
}
