import { InputError } from '../../input.ts';
import { EPYC, PROFILES } from './profiles.ts';
import { TEACHING, XEON } from './teaching.ts';

/**
 * A host as a file describes it (`pagewalk console --host`). Every field may be left out: then it is as
 * the teaching host's.
 */
export interface HostConfig {
  /** A profile that the rest changes: `teaching`, `kvmhost`, `host-2g`, `intel-host`. */
  base: string;
  hostname: string;
  processor: Processor;
  /** All memory, in KiB, as /proc/meminfo's MemTotal: what the kernel keeps from the start is not in it. */
  memory: number;
  /** The same for each NUMA cell; together `memory`. The processors are divided among them. */
  cells: readonly number[];
  /** Programs that are not installed, by name. */
  missing: readonly string[];
  /** What files hold, by path, beside those of the profile; one of a path in /proc or /sys takes the place of the computed one. */
  files: Readonly<Record<string, string>>;
  /** Definitions of domains that are there from the start, instead of the profile's. */
  domains: readonly string[];
  /** What the guests call themselves, all of them, as they boot from one image; empty: as their domain. */
  guestHostname: string;
  /** Where this is not 0: a swap file of so many KiB, in use from the start. */
  swap: number;
  /** Seed of everything that a real host draws at random: UUIDs, MAC addresses, names of temporary files. */
  seed: number;
}

export interface Processor {
  vendor: 'GenuineIntel' | 'AuthenticAMD';
  model: string;
  family: number;
  modelNumber: number;
  stepping: number;
  count: number;
  coresPerSocket: number;
  mhz: number;
  physicalBits: number;
  flags: string;
  /** The line `vmx flags` of Linux 5.7 and later; empty on AMD. */
  vmxFlags: string;
}

const PROCESSORS = { intel: XEON, amd: EPYC } as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const KINDS = {
  text: ['a text', (value: unknown) => typeof value === 'string'],
  number: [
    'a whole number, 0 or more',
    (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0,
  ],
  texts: [
    'a list of texts',
    (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  ],
} as const;

function must(kind: keyof typeof KINDS, value: unknown, field: string): void {
  const [right, holds] = KINDS[kind];
  if (!holds(value)) {
    throw new InputError(field, `is ${JSON.stringify(value)}; ${right} would be right`);
  }
}

/** A size in KiB: a number, or a text such as `8G` or `2048M`. */
function kibOf(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  const match = /^(\d{1,12})([KMGT])i?B?$/i.exec(typeof value === 'string' ? value : '');
  if (match === null) {
    throw new InputError(
      field,
      `is ${JSON.stringify(value)}; a number of KiB or a size such as "8G" would be right`,
    );
  }
  const power = 'KMGT'.indexOf((match[2] ?? 'K').toUpperCase());
  return Number(match[1]) * 1024 ** power;
}

const MEMORY_LEAST = 128 * 1024;
const MEMORY_MOST = 256 * 1024 * 1024;

/** Reads a host's file. Throws an `InputError` that names the field and says what would be right. */
export function readHostConfig(value: unknown): HostConfig {
  if (!isObject(value)) throw new InputError('host', 'is no JSON object; { } would be right');
  const known = [...Object.keys(TEACHING), '$schema'];
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) {
      throw new InputError(
        field,
        `is no field of a host; there are ${known.slice(0, -1).join(', ')}`,
      );
    }
  }
  const { base = 'teaching' } = value;
  const profile = typeof base === 'string' ? PROFILES[base] : undefined;
  if (profile === undefined) {
    throw new InputError(
      'base',
      `is ${JSON.stringify(base)}; one of ${Object.keys(PROFILES).join(', ')} would be right`,
    );
  }
  const config = { ...profile };
  for (const field of ['hostname', 'guestHostname'] as const) {
    if (value[field] === undefined) continue;
    must('text', value[field], field);
    config[field] = String(value[field]);
  }
  if (value['processor'] !== undefined) {
    config.processor = readProcessor(value['processor'], profile.processor);
  }
  if (value['memory'] !== undefined) {
    config.memory = kibOf(value['memory'], 'memory');
    // In the proportions of the profile.
    config.cells = profile.cells.map((cell) => Math.round((cell / profile.memory) * config.memory));
  }
  if (value['cells'] !== undefined) {
    const { cells } = value;
    if (!Array.isArray(cells) || cells.length < 1 || cells.length > 4) {
      throw new InputError('cells', 'are not a list of 1 to 4 sizes');
    }
    config.cells = cells.map((cell, index) => kibOf(cell, `cells[${index}]`));
    config.memory = config.cells.reduce((sum, cell) => sum + cell, 0);
  }
  if (config.memory < MEMORY_LEAST || config.memory > MEMORY_MOST) {
    throw new InputError('memory', `is ${config.memory} KiB; from 128M to 256G would be right`);
  }
  for (const field of ['missing', 'domains'] as const) {
    if (value[field] === undefined) continue;
    must('texts', value[field], field);
    config[field] = value[field] as string[];
  }
  // Who says which domains there are does not want the profile's as well.
  if (value['domains'] !== undefined) config.files = {};
  if (value['files'] !== undefined) {
    if (!isObject(value['files'])) throw new InputError('files', 'are no object of path and text');
    for (const [path, text] of Object.entries(value['files'])) {
      must('text', text, `files["${path}"]`);
      if (!path.startsWith('/')) throw new InputError(`files["${path}"]`, 'has no absolute path');
    }
    config.files = { ...config.files, ...(value['files'] as Record<string, string>) };
  }
  if (value['swap'] !== undefined) config.swap = kibOf(value['swap'], 'swap');
  if (value['seed'] !== undefined) {
    must('number', value['seed'], 'seed');
    config.seed = Number(value['seed']);
  }
  return config;
}

function readProcessor(value: unknown, base: Processor): Processor {
  if (typeof value === 'string' && value in PROCESSORS) {
    return PROCESSORS[value as keyof typeof PROCESSORS];
  }
  if (!isObject(value)) {
    throw new InputError(
      'processor',
      `is ${JSON.stringify(value)}; "intel", "amd" or an object would be right`,
    );
  }
  const vendor = value['vendor'] ?? base.vendor;
  if (vendor !== 'GenuineIntel' && vendor !== 'AuthenticAMD') {
    throw new InputError('processor.vendor', 'is neither "GenuineIntel" nor "AuthenticAMD"');
  }
  const start = vendor === base.vendor ? base : vendor === 'GenuineIntel' ? XEON : EPYC;
  const processor: Record<string, unknown> = { ...start };
  for (const [field, given] of Object.entries(value)) {
    if (!(field in start)) {
      throw new InputError(
        `processor.${field}`,
        `is no field of a processor; there are ${Object.keys(start).join(', ')}`,
      );
    }
    const isText = typeof processor[field] === 'string';
    must(isText ? 'text' : 'number', given, `processor.${field}`);
    processor[field] = given;
  }
  const result = processor as unknown as Processor;
  if (result.count < 1 || result.count > 64) {
    throw new InputError('processor.count', `is ${result.count}; from 1 to 64 would be right`);
  }
  return result;
}
