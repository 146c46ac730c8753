import type { NptInput, EptInput, PageSize, TranslateInput, TranslateOutput } from './contract.ts';
import { Ept } from './ept.ts';
import { bareMetal, walkGuest } from './guest.ts';
import type { Success } from './guest.ts';
import { Npt } from './npt.ts';
import { Trace } from './trace.ts';
import type { Fault, SecondDimension } from './trace.ts';

/**
 * `pagewalk translate` a second time, from the manuals, for tests alone. It shares no code with the
 * engine, so that one slip cannot be made twice: plain bigint, a Map for memory, no speed.
 */

const hex = (value: bigint): string => '0x' + value.toString(16);

const BYTES: Record<PageSize, number> = { '4K': 2 ** 12, '2M': 2 ** 21, '1G': 2 ** 30 };

export interface ReferenceTranslation {
  output: TranslateOutput;
  /** For each of `refs`, the index of the one that it served; `null` when it served the access. */
  parents: (number | null)[];
}

export const translateReference = (input: TranslateInput): TranslateOutput =>
  translateWithParents(input).output;

export function translateWithParents(input: TranslateInput): ReferenceTranslation {
  const { id, access } = input;
  const paging = {
    levels: 4,
    maxphyaddr: 46,
    wp: true,
    nxe: true,
    smep: false,
    smap: false,
    ac: false,
    page1g: true,
    ...input.paging,
    cr3: BigInt(input.paging.cr3),
  };
  // The contract: under four nested levels a wider guest-physical address is invalid input. CR3 is one,
  // and as input it is judged before anything is done with it, even before a non-canonical access.
  if (input.nested !== null && (input.nested.levels ?? 4) === 4 && paging.cr3 >> 48n !== 0n) {
    return { output: { id, result: 'invalid' }, parents: [] };
  }
  const memory = new Map<bigint, bigint>();
  for (const [at, value] of input.memory) memory.set(BigInt(at), BigInt(value));
  const trace = new Trace(memory);

  const end = walkGuest(
    trace,
    paging,
    { gva: BigInt(access.gva), kind: access.kind, user: access.cpl === 3 },
    secondDimension(trace, input.nested, paging.maxphyaddr),
  );
  const parents = trace.refs.map((ref) => ref.parent);
  if (end.end !== null && end.result === 'invalid') {
    return { output: { id, result: 'invalid' }, parents };
  }
  const output: TranslateOutput = {
    id,
    ...(end.end === null ? success(end) : failure(end, BigInt(access.gva))),
    refs: trace.refs.map((ref) => [ref.table, ref.level, hex(ref.hpa), hex(ref.value)]),
    stores: trace.stores.map((store) => [hex(store.hpa), hex(store.value)]),
  };
  return { output, parents };
}

function secondDimension(
  trace: Trace,
  nested: EptInput | NptInput | null,
  maxphyaddr: number,
): SecondDimension {
  if (nested === null) return bareMetal;
  const common = { levels: nested.levels ?? 4, root: BigInt(nested.root), maxphyaddr };
  if (nested.kind === 'npt') return new Npt(trace, { ...common, nxe: nested.nxe ?? true });
  const { ad = false, executeOnly = true } = nested;
  return new Ept(trace, { ...common, ad, executeOnly });
}

function success({ gpa, guestPage, final }: Success) {
  const hpa = hex(final.hpa);
  if (final.page === null) return { result: 'ok' as const, hpa, guestPage, page: guestPage };
  // SDM 4.10.2.3, 29.4: the TLB entry has the smaller of the two sizes.
  const page = BYTES[guestPage] < BYTES[final.page] ? guestPage : final.page;
  return { result: 'ok' as const, hpa, gpa: hex(gpa), guestPage, hostPage: final.page, page };
}

function failure(fault: Exclude<Fault, { result: 'invalid' }>, gva: bigint) {
  switch (fault.result) {
    case 'general-protection':
      return { result: fault.result, errorCode: 0 as const };
    case 'page-fault':
      return { result: fault.result, errorCode: fault.errorCode, cr2: hex(gva) };
    case 'ept-violation':
      return {
        result: fault.result,
        qualification: fault.qualification,
        gpa: hex(fault.gpa),
      };
    case 'ept-misconfiguration':
      return { result: fault.result, gpa: hex(fault.gpa) };
    case 'nested-page-fault':
      return { result: fault.result, errorCode: hex(fault.errorCode), gpa: hex(fault.gpa) };
  }
}
