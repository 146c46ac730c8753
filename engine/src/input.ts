import { hex, parseHex } from './address.ts';
import type { Address, Levels } from './address.ts';
import { PAGING_DEFAULTS } from './paging.ts';
import type { Access, AccessKind, Nested, Paging } from './paging.ts';

/**
 * Reading a machine and an access from JSON, field by field. What cannot be used is refused with one
 * sentence: the field, what is wrong with it, and what would be right.
 */

/** An 8-byte entry at an 8-aligned physical address. */
export type MemoryEntry = [address: Address, value: Address];

export class InputError extends Error {
  readonly field: string;

  /** The message reads `field: what is wrong and what would be right`. */
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.name = 'InputError';
    this.field = field;
  }
}

/** The name of the outermost object, whose keys need no path before them. */
export const WHOLE_LINE = 'line';

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as a reader would recognise it, cut to a length that fits a sentence. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function object(value: unknown, field: string, keys: readonly string[]): JsonObject {
  if (!isObject(value)) {
    throw new InputError(
      field,
      `is ${show(value)}; an object with ${keys.join(', ')} would be right`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      const path = field === WHOLE_LINE ? key : `${field}.${key}`;
      throw new InputError(path, `is not a known key; known here: ${keys.join(', ')}`);
    }
  }
  return value;
}

export function address(value: unknown, field: string): Address {
  const parsed = typeof value === 'string' ? parseHex(value) : undefined;
  if (parsed === undefined) {
    throw new InputError(
      field,
      `is ${show(value)}; a hexadecimal string of at most 64 bits would be right, like "0x1000"`,
    );
  }
  return parsed;
}

function physical(value: unknown, field: string, maxphyaddr: number): Address {
  const parsed = address(value, field);
  if (parsed >> BigInt(maxphyaddr) !== 0n) {
    throw new InputError(
      field,
      `${hex(parsed)} lies beyond MAXPHYADDR; with ${maxphyaddr} bits the highest address is ${hex((1n << BigInt(maxphyaddr)) - 1n)}`,
    );
  }
  return parsed;
}

function flag(value: unknown, field: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') {
    throw new InputError(field, `is ${show(value)}; true or false would be right`);
  }
  return value;
}

function levels(value: unknown, field: string): Levels {
  if (value === undefined) return 4;
  if (value !== 4 && value !== 5) {
    throw new InputError(field, `is ${show(value)}; 4 or 5 would be right`);
  }
  return value;
}

const PAGING_KEYS = [
  'levels',
  'cr3',
  'maxphyaddr',
  'wp',
  'nxe',
  'smep',
  'smap',
  'ac',
  'page1g',
] as const;

/** The smallest and largest physical address width that IA-32e processors have had or may have. */
export const MAXPHYADDR_RANGE = [32, 52] as const;

export function readPaging(value: unknown): Paging {
  const paging = object(value, 'paging', PAGING_KEYS);
  const maxphyaddr = paging['maxphyaddr'] ?? PAGING_DEFAULTS.maxphyaddr;
  const [low, high] = MAXPHYADDR_RANGE;
  if (
    typeof maxphyaddr !== 'number' ||
    !Number.isInteger(maxphyaddr) ||
    maxphyaddr < low ||
    maxphyaddr > high
  ) {
    throw new InputError(
      'paging.maxphyaddr',
      `is ${show(maxphyaddr)}; a whole number of bits from ${low} to ${high} would be right`,
    );
  }
  const levelCount = levels(paging['levels'], 'paging.levels');
  if (paging['cr3'] === undefined) {
    throw new InputError('paging.cr3', 'is missing; the address of the root table would be right');
  }
  return {
    levels: levelCount,
    cr3: physical(paging['cr3'], 'paging.cr3', maxphyaddr),
    maxphyaddr,
    wp: flag(paging['wp'], 'paging.wp', PAGING_DEFAULTS.wp),
    nxe: flag(paging['nxe'], 'paging.nxe', PAGING_DEFAULTS.nxe),
    smep: flag(paging['smep'], 'paging.smep', PAGING_DEFAULTS.smep),
    smap: flag(paging['smap'], 'paging.smap', PAGING_DEFAULTS.smap),
    ac: flag(paging['ac'], 'paging.ac', PAGING_DEFAULTS.ac),
    page1g: flag(paging['page1g'], 'paging.page1g', PAGING_DEFAULTS.page1g),
  };
}

export function readNested(value: unknown, paging: Paging): Nested {
  if (value === null || value === undefined) return null;
  if (!isObject(value)) {
    throw new InputError(
      'nested',
      `is ${show(value)}; null, or an object with kind "ept" or "npt", would be right`,
    );
  }
  const kind = value['kind'];
  if (kind !== 'ept' && kind !== 'npt') {
    throw new InputError('nested.kind', `is ${show(kind)}; "ept" or "npt" would be right`);
  }
  const keys =
    kind === 'ept'
      ? ['kind', 'root', 'levels', 'ad', 'executeOnly']
      : ['kind', 'root', 'levels', 'nxe'];
  const nested = object(value, 'nested', keys);
  const levelCount = levels(nested['levels'], 'nested.levels');
  if (nested['root'] === undefined) {
    throw new InputError('nested.root', 'is missing; the address of the root table would be right');
  }
  const root = physical(nested['root'], 'nested.root', paging.maxphyaddr);
  if (levelCount === 4 && paging.cr3 >> 48n !== 0n) throw tooWide(paging.cr3, 'paging.cr3');
  if (kind === 'npt') {
    return { kind, root, levels: levelCount, nxe: flag(nested['nxe'], 'nested.nxe', true) };
  }
  return {
    kind,
    root,
    levels: levelCount,
    ad: flag(nested['ad'], 'nested.ad', false),
    executeOnly: flag(nested['executeOnly'], 'nested.executeOnly', true),
  };
}

/** A guest-physical address that a four-level nested table cannot translate. */
export const tooWide = (gpa: Address, field: string): InputError =>
  new InputError(
    field,
    `leads to guest-physical ${hex(gpa)}; under a four-level nested table at most 48 bits would be right`,
  );

/** The entries of memory, checked one by one. `maxphyaddr` bounds their addresses. */
export function readMemory(value: unknown, maxphyaddr: number): MemoryEntry[] {
  if (!Array.isArray(value)) {
    throw new InputError(
      'memory',
      `is ${show(value)}; a list of [address, entry] pairs would be right, like [["0x1000","0x2027"]]`,
    );
  }
  return value.map((pair: unknown, index) => {
    const field = `memory[${index}]`;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InputError(field, `is ${show(pair)}; a pair [address, entry] would be right`);
    }
    const at = physical(pair[0], `${field}[0]`, maxphyaddr);
    if (at % 8n !== 0n) {
      throw new InputError(
        `${field}[0]`,
        `${hex(at)} is not 8-aligned; ${hex(at - (at % 8n))} would be right`,
      );
    }
    return [at, address(pair[1], `${field}[1]`)];
  });
}

const ACCESS_KINDS: readonly string[] = ['read', 'write', 'fetch'];

export function readAccess(value: unknown): Access {
  const access = object(value, 'access', ['gva', 'kind', 'cpl']);
  for (const key of ['gva', 'kind', 'cpl']) {
    if (access[key] === undefined) {
      throw new InputError(
        `access.${key}`,
        `is missing; ${
          {
            gva: 'a hexadecimal string, like "0x400123",',
            kind: '"read", "write" or "fetch"',
            cpl: '0 or 3',
          }[key] ?? ''
        } would be right`,
      );
    }
  }
  const kind = access['kind'];
  if (typeof kind !== 'string' || !ACCESS_KINDS.includes(kind)) {
    throw new InputError(
      'access.kind',
      `is ${show(kind)}; "read", "write" or "fetch" would be right`,
    );
  }
  const cpl = access['cpl'];
  if (cpl !== 0 && cpl !== 3) {
    throw new InputError('access.cpl', `is ${show(cpl)}; 0 or 3 would be right`);
  }
  return { gva: address(access['gva'], 'access.gva'), kind: kind as AccessKind, cpl };
}
