import * as z from 'zod/mini';
import { isCanonical, pageBytes } from '../address.ts';
import type { Levels } from '../address.ts';
import { readCosts } from '../cost/model.ts';
import { InputError, show } from '../input.ts';
import { GEOMETRIES, GEOMETRY_NAMES } from '../tlb/geometries.ts';
import type { GeometryName } from '../tlb/geometries.ts';
import { readGeometry } from '../tlb/geometry.ts';
import type { TlbGeometry } from '../tlb/geometry.ts';
import { ACTION_NAMES, scenarioSchema } from './schema.ts';
import type { Action, Scenario, ScenarioMachine } from './schema.ts';

/** Reading a scenario: every way in which one can be wrong is said by its field, and what would fit. */

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size like "512M" in bytes. */
export function bytesOf(size: string): number {
  const unit = /[KMGT]$/.exec(size)?.[0] ?? '';
  return Number(size.slice(0, size.length - unit.length)) * (UNITS[unit] ?? 1);
}

/** `["actions", 3, "gva"]` as `actions[3].gva`. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : `${text}${text === '' ? '' : '.'}${String(part)}`,
    '',
  ) || 'scenario';

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null
        ? (at as Record<PropertyKey, unknown>)[part]
        : undefined,
    value,
  );
}

const quoted = (values: readonly unknown[]): string => {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length < 2
    ? (texts[0] ?? '')
    : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`;
};

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  record: 'an object',
};

const PATTERNS: [RegExp, string][] = [
  [/KMGT/, 'a size like "512M" (K, M, G, T)'],
  [/0x/, 'a hexadecimal address like "0x400000"'],
  [/rwxugad/, 'letters of "rwxugad", each once,'],
  [/A-Za-z/, 'a name of letters, digits, "_", "." and "-", a letter first,'],
];

function whatFits(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return quoted(issue.values);
    case 'too_small':
      return issue.origin === 'array'
        ? `at least ${issue.minimum} of them`
        : `a number from ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `at most ${issue.maximum} letters`
        : issue.origin === 'array'
          ? `at most ${issue.maximum} of them`
          : `a number up to ${issue.maximum}`;
    case 'invalid_format': {
      const pattern = String((issue as { pattern?: unknown }).pattern ?? '');
      return PATTERNS.find(([part]) => part.test(pattern))?.[1] ?? 'another form';
    }
    case 'invalid_union':
      return 'one of its forms';
    default:
      return 'something else';
  }
}

function errorOf(issue: z.core.$ZodIssue, value: unknown): InputError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return new InputError(pathOf([...issue.path, key]), 'is not a known key here');
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'do') {
    const found = valueAt(value, issue.path);
    return new InputError(
      pathOf(issue.path),
      `is ${show(found)}; ${quoted(ACTION_NAMES)} would be right`,
    );
  }
  if (issue.code === 'invalid_union') {
    // Literals of one field: say them all.
    const values = issue.errors.flatMap((group) =>
      group.flatMap((each) => (each.code === 'invalid_value' ? each.values : [])),
    );
    const fits = values.length > 0 ? quoted(values) : whatFits(issue);
    return new InputError(
      pathOf(issue.path),
      `is ${show(valueAt(value, issue.path))}; ${fits} would be right`,
    );
  }
  return new InputError(
    pathOf(issue.path),
    `is ${show(valueAt(value, issue.path))}; ${whatFits(issue)} would be right`,
  );
}

/** The smallest guest: its kernel's page, 2 MiB for tables, and some memory above. */
const GUEST_LEAST = 8 * 2 ** 20;
const HOST_LEAST = 8 * 2 ** 20;
const HOST_MOST = 64 * 2 ** 30;
/** mkswap refuses less: ten pages. */
const SWAP_LEAST = 40 * 2 ** 10;

function checkMachine(machine: ScenarioMachine): void {
  const names = new Set<string>();
  const native = machine.mmu.mode === 'native';
  if (native && machine.guests.length > 1) {
    throw new InputError(
      'machine.guests',
      `has ${machine.guests.length}; with mmu.mode "native" there is one system, so 1 would be right`,
    );
  }
  if (machine.mmu.writeProtect === false && machine.mmu.mode !== 'shadow') {
    throw new InputError(
      'machine.mmu.writeProtect',
      `is false, and mmu.mode is "${machine.mmu.mode}"; only under "shadow" does KVM protect tables`,
    );
  }
  machine.guests.forEach((guest, index) => {
    const field = `machine.guests[${index}]`;
    if (names.has(guest.name)) {
      throw new InputError(
        `${field}.name`,
        `is "${guest.name}" again; another name would be right`,
      );
    }
    names.add(guest.name);
    const { mode } = machine.mmu;
    if (guest.linux !== undefined && mode === 'native') {
      throw new InputError(`${field}.linux`, 'needs a host below it; mmu.mode is "native"');
    }
    const bytes = bytesOf(guest.memory);
    const page = guest.backing === '1G' ? '1G' : guest.backing === '4K' ? '4K' : '2M';
    if (bytes < GUEST_LEAST || bytes > 64 * 2 ** 30) {
      throw new InputError(`${field}.memory`, `is "${guest.memory}"; "8M" to "64G" would be right`);
    }
    if (bytes % Number(pageBytes(page)) !== 0) {
      throw new InputError(
        `${field}.memory`,
        `is "${guest.memory}"; whole pages of ${page} would be right`,
      );
    }
  });
  const host = bytesOf(machine.host.memory);
  if (!native && (host < HOST_LEAST || host > HOST_MOST)) {
    throw new InputError(
      'machine.host.memory',
      `is "${machine.host.memory}"; "8M" to "64G" would be right`,
    );
  }
  const swap = bytesOf(machine.host.swap);
  if (swap > 0 && (swap < SWAP_LEAST || swap > HOST_MOST)) {
    throw new InputError(
      'machine.host.swap',
      `is "${machine.host.swap}"; "0", or "40K" to "64G" would be right`,
    );
  }
  for (const size of ['2M', '1G'] as const) {
    const pool = machine.host.hugepages[size];
    const wanted = machine.guests
      .filter((guest) => guest.backing === size)
      .reduce((sum, guest) => sum + bytesOf(guest.memory) / Number(pageBytes(size)), 0);
    if (pool > 0 && wanted > pool) {
      throw new InputError(
        `machine.host.hugepages.${size}`,
        `is ${pool}, and the guests that it backs need ${wanted}; that many, or 0 for as many as needed, would be right`,
      );
    }
  }
  readTlb(machine.tlb);
  readCosts(machine.costs, 'machine.costs');
}

/** The TLB that a scenario names or describes; null for none. */
export function readTlb(tlb: ScenarioMachine['tlb']): TlbGeometry | null {
  if (typeof tlb !== 'string') return readGeometry(tlb, 'machine.tlb');
  if (tlb === 'none') return null;
  if (!GEOMETRY_NAMES.includes(tlb as GeometryName)) {
    throw new InputError(
      'machine.tlb',
      `is "${tlb}"; ${quoted([...GEOMETRY_NAMES, 'none'])}, or its arrays would be right`,
    );
  }
  return GEOMETRIES[tlb as GeometryName];
}

/** A guest can be left with what its kernel needs, up to all of its memory. */
function checkTarget(target: string, field: string, guestBytes: number): void {
  const bytes = bytesOf(target);
  if (bytes % 4096 === 0 && bytes <= guestBytes) return;
  throw new InputError(
    `${field}.target`,
    `is "${target}"; whole pages of 4K, up to the guest's ${guestBytes / 2 ** 20}M would be right`,
  );
}

/** What is known of a scenario's processes while its actions are gone through. */
class Names {
  readonly #guests: Map<
    string,
    { vcpus: number; bytes: number; linux: boolean; processes: Set<string> }
  >;
  readonly #levels: Levels;
  readonly #native: boolean;

  constructor(machine: ScenarioMachine) {
    this.#levels = machine.mmu.levels;
    this.#native = machine.mmu.mode === 'native';
    this.#guests = new Map(
      machine.guests.map((guest) => [
        guest.name,
        {
          vcpus: guest.vcpus,
          bytes: bytesOf(guest.memory),
          linux: guest.linux !== undefined,
          processes: new Set(),
        },
      ]),
    );
  }

  check(action: Action, field: string): void {
    if (action.do === 'mark') return;
    if (this.#native && ['balloon', 'ksm', 'host', 'wait', 'workload'].includes(action.do)) {
      throw new InputError(
        `${field}.do`,
        `is "${action.do}"; bare metal has no host below, so mmu.mode "shadow", "ept" or "npt" would be right`,
      );
    }
    if (action.do === 'ksm' || action.do === 'host' || action.do === 'wait') return;
    const guest = this.#guests.get(action.guest);
    if (guest === undefined) {
      throw new InputError(
        `${field}.guest`,
        `is "${action.guest}"; ${quoted([...this.#guests.keys()])} would be right`,
      );
    }
    const runsLinux = action.do === 'workload' || action.do === 'balloon';
    if (action.do === 'workload' && !guest.linux) {
      throw new InputError(
        `${field}.guest`,
        `is "${action.guest}", which runs no Linux; a guest with "linux" would be right`,
      );
    }
    if (guest.linux && !runsLinux) {
      throw new InputError(
        `${field}.do`,
        `is "${action.do}", and guest "${action.guest}" runs a Linux of its own; "workload", "balloon" or "wait", or a guest without "linux", would be right`,
      );
    }
    if (action.do === 'balloon') checkTarget(action.target, field, guest.bytes);
    if ('vcpu' in action && action.vcpu >= guest.vcpus) {
      throw new InputError(
        `${field}.vcpu`,
        `is ${action.vcpu}; guest "${action.guest}" has ${guest.vcpus}, so 0 to ${guest.vcpus - 1} would be right`,
      );
    }
    if ('process' in action && !guest.processes.has(action.process)) {
      const known = [...guest.processes];
      const fits =
        known.length > 0
          ? `${quoted(known)} would be right`
          : 'make one first, by {"do":"process"}';
      throw new InputError(`${field}.process`, `is "${action.process}"; ${fits}`);
    }
    if (action.do === 'process' || action.do === 'fork') {
      if (guest.processes.has(action.name)) {
        throw new InputError(
          `${field}.name`,
          `is "${action.name}" again; another name would be right`,
        );
      }
      guest.processes.add(action.name);
    }
    this.#checkAddresses(action, field, guest.bytes);
  }

  #checkWork(action: Action & { do: 'work' }, field: string, guestBytes: number): void {
    const { scratch, updates } = action;
    if (scratch === undefined) {
      if (updates === 0) return;
      throw new InputError(
        `${field}.scratch`,
        `is missing, and updates is ${updates}; the area whose entries change would be right`,
      );
    }
    if (!isCanonical(BigInt(scratch.gva), this.#levels)) {
      throw new InputError(
        `${field}.scratch.gva`,
        `is ${show(scratch.gva)}; a canonical address would be right`,
      );
    }
    const gpa = BigInt(scratch.gpa);
    const frames = BigInt(2 * scratch.pages) * 4096n;
    if (gpa % 4096n !== 0n || gpa + frames > BigInt(guestBytes)) {
      throw new InputError(
        `${field}.scratch.gpa`,
        `is ${show(scratch.gpa)}; the start of ${2 * scratch.pages} frames within the guest's memory would be right`,
      );
    }
  }

  #checkAddresses(action: Action, field: string, guestBytes: number): void {
    if ('gva' in action) {
      const gva = BigInt(action.gva);
      // An access may well be to an address that is not canonical: that is its lesson.
      if (action.do !== 'access' && !isCanonical(gva, this.#levels)) {
        throw new InputError(
          `${field}.gva`,
          `is ${show(action.gva)}; an address whose upper bits are all like bit ${this.#levels === 5 ? 56 : 47} would be right`,
        );
      }
      if (action.do === 'map' && gva % pageBytes(action.page) !== 0n) {
        throw new InputError(
          `${field}.gva`,
          `is ${show(action.gva)}; the start of a ${action.page} page would be right`,
        );
      }
    }
    if (action.do === 'work') this.#checkWork(action, field, guestBytes);
    if ('gpa' in action && action.gpa !== undefined) {
      const gpa = BigInt(action.gpa);
      const bytes = pageBytes(action.do === 'map' ? action.page : '4K');
      if (gpa % bytes !== 0n) {
        throw new InputError(
          `${field}.gpa`,
          `is ${show(action.gpa)}; the start of a page would be right`,
        );
      }
      if (action.do === 'discard' && gpa >= BigInt(guestBytes)) {
        throw new InputError(
          `${field}.gpa`,
          `is ${show(action.gpa)}; an address below the guest's memory, 0x${guestBytes.toString(16)}, would be right`,
        );
      }
    }
  }
}

/** Reads a scenario from JSON already parsed. Throws an `InputError` that names the field. */
export function readScenario(value: unknown): Scenario {
  const parsed = z.safeParse(scenarioSchema, value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    if (issue !== undefined) throw errorOf(issue, value);
    throw new InputError('scenario', 'cannot be used');
  }
  const scenario = parsed.data;
  checkMachine(scenario.machine);
  checkActions(scenario.machine, scenario.actions);
  return scenario;
}

/** Checks that actions speak of guests and processes that there are. Throws an `InputError`. */
export function checkActions(machine: ScenarioMachine, actions: readonly Action[]): void {
  const names = new Names(machine);
  actions.forEach((action, index) => names.check(action, `actions[${index}]`));
}

/** Reads a scenario from JSON text. */
export function parseScenario(text: string): Scenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('scenario', `is not JSON (${(error as Error).message})`);
  }
  return readScenario(value);
}
