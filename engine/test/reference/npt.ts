import { A, D, P, RW, US, XD, entryRules, hasReserved, isLeaf } from './longmode.ts';
import type { EntryRules } from './longmode.ts';
import { bit, entryOffset, lowBit, sizeAtLevel } from './trace.ts';
import type { Fault, Mapped, Purpose, SecondDimension, Trace } from './trace.ts';

export interface NptConfig {
  root: bigint;
  levels: number;
  nxe: boolean;
  maxphyaddr: number;
}

const RSV = bit(3);
const ID = bit(4);
const FINAL = bit(32);
const GUEST_TABLE = bit(33);

/** Nested paging (APM2 15.25): ordinary page tables, with the host's EFER.NXE. */
export class Npt implements SecondDimension {
  private readonly trace: Trace;
  private readonly config: NptConfig;
  private readonly rules: EntryRules;

  constructor(trace: Trace, config: NptConfig) {
    this.trace = trace;
    this.config = config;
    this.rules = entryRules({ maxphyaddr: config.maxphyaddr, nxe: config.nxe, page1g: true });
  }

  translate(gpa: bigint, purpose: Purpose): Mapped | Fault {
    const { trace, config, rules } = this;
    if (config.levels === 4 && gpa >> 48n !== 0n) return { end: 'fault', result: 'invalid' };

    // APM2 15.25: accesses to guest tables are writes, whatever the instruction does, and never fetches.
    const write = purpose.table || purpose.kind === 'write';
    const fetch = !purpose.table && purpose.kind === 'fetch';
    const fault = (why: bigint): Fault => ({
      end: 'fault',
      result: 'nested-page-fault',
      errorCode:
        why |
        (write ? RW : 0n) |
        US | // every nested access is a user access
        (fetch && config.nxe ? ID : 0n) |
        (purpose.table ? GUEST_TABLE : FINAL),
      gpa,
    });

    const used: bigint[] = [];
    let common = RW | US;
    let noExecute = 0n;
    let table = config.root & ~0xfffn;
    for (let level = config.levels; ; level--) {
      const hpa = table | entryOffset(gpa, level);
      const entry = trace.read('npt', level, hpa);
      if ((entry & P) === 0n) return fault(0n);
      if (hasReserved(rules, entry, level)) return fault(P | RSV);
      used.push(hpa);
      common &= entry;
      noExecute |= entry & XD;
      if (!isLeaf(entry, level)) {
        table = entry & rules.tableAddress;
        continue;
      }

      const permitted =
        (common & US) !== 0n && (!write || (common & RW) !== 0n) && (!fetch || noExecute === 0n);
      if (!permitted) return fault(P);
      // APM2 15.25: nested A in every entry used, nested D in the leaf on a write, which an access to a
      // guest table is.
      used.forEach((at, i) => trace.set(at, write && i === used.length - 1 ? A | D : A));
      const offset = bit(lowBit(level)) - 1n;
      return {
        end: null,
        hpa: (entry & rules.leafAddress[level]!) | (gpa & offset),
        page: sizeAtLevel(level),
        // The read of a guest entry was a write already, so its update can meet nothing new.
        updateFault: null,
      };
    }
  }
}
