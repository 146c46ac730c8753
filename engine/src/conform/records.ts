import { InputError, show } from '../input.ts';

/**
 * Records of a real KVM: tiny guest programs and what each of their instructions counted. The form is
 * that of `pagewalk conform`'s contract.
 */

/** One entry of a phase: an instruction of the guest, or an act of the host. */
export type Operation =
  | { do: 'read'; va: bigint }
  | { do: 'write'; va: bigint; value: bigint }
  | { do: 'invlpg'; va: bigint }
  | { do: 'cr3'; root: bigint }
  | { do: 'cr4'; value: bigint }
  | { do: 'nop' }
  | { do: 'discard'; gpa: bigint; count: number }
  | { do: 'fill'; gpa: bigint; count: number }
  | { do: 'layout' };

/** One line of what was built before the guest's first instruction. */
export type LayoutLine =
  | { kind: 'table'; gpa: bigint; level: number }
  | { kind: 'space'; root: bigint }
  | {
      kind: 'map';
      root: bigint;
      va: bigint;
      gpa: bigint;
      count: number;
      flags: bigint;
      large: boolean;
    };

/** What one instruction counted: counters that moved, the value read, the guest's fault. */
export type Counted = Record<string, number | string | { errorCode: number; cr2: string }>;

export const MODES = ['shadow', 'nested'] as const;
export type Mode = (typeof MODES)[number];

export interface Workload {
  name: string;
  params: string;
  populated: boolean;
  /** Whether the host backs the data with 2 MiB pages. */
  huge: boolean;
  layout: LayoutLine[];
  phases: { name: string; operations: Operation[]; source: string[] }[];
  /** Per mode, phase and operation; absent where nothing was recorded. */
  expected: Partial<Record<Mode, Counted[][]>>;
}

export interface Records {
  kernel: string;
  workloads: Workload[];
}

const number = (text: string | undefined, field: string): bigint => {
  if (text === undefined || !/^(0x)?[0-9a-f]{1,16}$/i.test(text)) {
    throw new InputError(field, `${show(text)} is no hexadecimal number of at most 64 bits`);
  }
  return BigInt(text.startsWith('0x') ? text : `0x${text}`);
};

const decimal = (text: string | undefined, field: string): number => {
  if (text === undefined || !/^\d{1,7}$/.test(text)) {
    throw new InputError(field, `${show(text)} is no decimal count`);
  }
  return Number(text);
};

/** The `key=value` words of a line. */
function words(parts: string[]): Map<string, string> {
  return new Map(
    parts
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}

function layoutLine(text: string, field: string): LayoutLine {
  const parts = text.trim().split(/\s+/);
  const at = words(parts);
  if (parts[0] === 'A') {
    return {
      kind: 'table',
      gpa: number(at.get('gpa'), `${field}.gpa`),
      level: decimal(at.get('level'), `${field}.level`),
    };
  }
  if (parts[0] === 'SPACE') return { kind: 'space', root: number(at.get('root'), `${field}.root`) };
  if (parts[0] === 'M') {
    return {
      kind: 'map',
      root: number(at.get('root'), `${field}.root`),
      va: number(at.get('va'), `${field}.va`),
      gpa: number(at.get('gpa'), `${field}.gpa`),
      count: decimal(at.get('n'), `${field}.n`),
      flags: number(at.get('flags'), `${field}.flags`),
      // A large page is written as its size or as the level whose entry is its leaf.
      large: /^(2m|pde)$/i.test(at.get('size') ?? '4k'),
    };
  }
  throw new InputError(field, `${show(text)} is no layout line; A, SPACE or M would be right`);
}

function operation(text: string, field: string): Operation {
  const parts = text.trim().split(/\s+/);
  const [name, first, second] = parts;
  switch (name) {
    case 'R':
      return { do: 'read', va: number(first, field) };
    case 'W':
      return { do: 'write', va: number(first, field), value: number(second, field) };
    case 'INVLPG':
      return { do: 'invlpg', va: number(first, field) };
    case 'CR3':
      return { do: 'cr3', root: number(first, field) };
    case 'CR4':
      return { do: 'cr4', value: number(first, field) };
    case 'NOP':
      return { do: 'nop' };
    case 'LAYOUT':
      return { do: 'layout' };
    case 'HOST': {
      const at = words(parts);
      const gpa = number(at.get('gpa'), `${field}.gpa`);
      const count = decimal(at.get('n') ?? '1', `${field}.n`);
      if (first === 'madvise_dontneed') return { do: 'discard', gpa, count };
      if (first === 'host_write') return { do: 'fill', gpa, count };
      throw new InputError(
        field,
        `the host cannot ${show(first)}; madvise_dontneed or host_write would be right`,
      );
    }
    default:
      throw new InputError(
        field,
        `${show(text)} is no operation; R, W, INVLPG, CR3, CR4, NOP, HOST or LAYOUT would be right`,
      );
  }
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function member(value: unknown, field: string): Json {
  if (!isObject(value)) throw new InputError(field, `is ${show(value)}; an object would be right`);
  return value;
}

function list(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) {
    throw new InputError(field, `is ${show(value)}; an array would be right`);
  }
  return value;
}

const strings = (value: unknown, field: string): string[] =>
  list(value, field).map((each, index) => {
    if (typeof each !== 'string') {
      throw new InputError(`${field}[${index}]`, `is ${show(each)}; a string would be right`);
    }
    return each;
  });

function workload(value: unknown, field: string): Workload {
  const json = member(value, field);
  const host = member(json['host'], `${field}.host`);
  const page = host['page'];
  if (page !== '4K' && page !== '2M') {
    throw new InputError(`${field}.host.page`, `is ${show(page)}; "4K" or "2M" would be right`);
  }
  const phases = list(json['phases'], `${field}.phases`).map((each, index) => {
    const at = `${field}.phases[${index}]`;
    const phase = member(each, at);
    const source = strings(phase['ops'], `${at}.ops`);
    return {
      name: String(phase['name'] ?? index),
      source,
      operations: source.map((text, op) => operation(text, `${at}.ops[${op}]`)),
    };
  });
  const expected: Workload['expected'] = {};
  if (json['expected'] !== undefined) {
    const modes = member(json['expected'], `${field}.expected`);
    for (const mode of MODES) {
      if (modes[mode] === undefined) continue;
      expected[mode] = list(modes[mode], `${field}.expected.${mode}`).map((phase, index) =>
        list(phase, `${field}.expected.${mode}[${index}]`).map(
          (each, op) => member(each, `${field}.expected.${mode}[${index}][${op}]`) as Counted,
        ),
      );
    }
  }
  return {
    name: String(json['name'] ?? ''),
    params: String(json['params'] ?? ''),
    populated: host['populated'] !== false,
    huge: page === '2M',
    layout: strings(json['layout'], `${field}.layout`).map((text, index) =>
      layoutLine(text, `${field}.layout[${index}]`),
    ),
    phases,
    expected,
  };
}

/** A workload as read, or why it cannot be. */
export type WorkloadOrError = { workload: Workload } | { error: InputError };

/** Reads records; a workload that cannot be used leaves its place to its error. */
export function parseRecords(text: string): { kernel: string; workloads: WorkloadOrError[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('records', `is not JSON (${(error as Error).message})`);
  }
  const json = member(value, 'records');
  return {
    kernel: String(json['kernel'] ?? ''),
    workloads: list(json['workloads'], 'workloads').map((each, index) => {
      try {
        return { workload: workload(each, `workloads[${index}]`) };
      } catch (error) {
        if (error instanceof InputError) return { error };
        throw error;
      }
    }),
  };
}
