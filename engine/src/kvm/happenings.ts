import { hex } from '../address.ts';

/** What happened in the machine, as its event records say (engine/assembly/events.ts). */
export const HAPPENING_TYPES = [
  'none',
  'access',
  'tlb-hit',
  'tlb-miss',
  'walk',
  'exit',
  'map',
  'prefetch',
  'link',
  'drop',
  'write-protect',
  'shadow-new',
  'shadow-zap',
  'unsync',
  'sync',
  'emulate',
  'guest-fault',
  'populate',
  'discard',
  'tlb-flush',
  'kernel-store',
  'load-cr3',
  'invlpg',
  'done',
  'walk-cache',
  'swap-out',
  'swap-in',
  'swap-slot',
  'merge',
  'copy-on-write',
  'split',
  'collapse',
  'inflate',
  'deflate',
  'kill',
] as const;

export type HappeningType = (typeof HAPPENING_TYPES)[number];

/** Why the guest was left. */
export const EXIT_REASONS = [
  '',
  'page-fault',
  'nested-fault',
  'cr3',
  'cr4',
  'invlpg',
  'device',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** One thing that happened. What a, b, c and extra are depends on its type; see events.ts. */
export interface Happening {
  type: HappeningType;
  vm: number;
  vcpu: number;
  level: number;
  a: bigint;
  b: bigint;
  c: bigint;
  extra: number;
  reason?: ExitReason;
}

/** What a, b, c and extra are, by type. A field whose name begins with `#` is a plain number. */
const FIELDS: Partial<Record<HappeningType, Partial<Record<'a' | 'b' | 'c' | 'extra', string>>>> = {
  access: { a: 'gva', b: 'operand', extra: 'kind' },
  'tlb-hit': { a: 'gva', b: 'hpa', extra: 'size' },
  'tlb-miss': { a: 'gva' },
  'swap-out': { a: 'slot', b: 'hpa', c: 'gfn' },
  'swap-in': { a: 'slot', b: 'hpa', c: 'gfn', extra: 'major' },
  'swap-slot': { a: 'slot', b: 'area' },
  merge: { a: 'lost', b: 'hpa', c: 'gfn' },
  'copy-on-write': { a: 'shared', b: 'hpa', c: 'gfn' },
  split: { b: 'hpa', c: 'gfn' },
  collapse: { b: 'hpa', c: 'gfn' },
  inflate: { c: 'gfn' },
  deflate: { c: 'gfn' },
  kill: { a: 'process', b: 'points', extra: '#resident' },
  walk: { a: 'gva', b: 'hpa', c: 'gpa', extra: '#refs' },
  exit: { a: 'subject', b: 'code' },
  map: { a: 'entry', b: 'value', c: 'gfn' },
  prefetch: { a: 'entry', b: 'value', c: 'gfn' },
  link: { a: 'entry', b: 'value', c: 'gfn' },
  drop: { a: 'entry', b: 'was', c: 'gfn' },
  'write-protect': { a: 'entry', b: 'was', c: 'gfn' },
  'shadow-new': { a: 'table', c: 'gfn', extra: '#access' },
  'shadow-zap': { a: 'table', c: 'gfn', extra: '#access' },
  unsync: { a: 'table', c: 'gfn' },
  sync: { a: 'table', c: 'gfn' },
  emulate: { a: 'gpa', b: 'value' },
  'guest-fault': { a: 'gva', b: 'errorCode' },
  populate: { b: 'hpa', c: 'gfn', extra: '#zero' },
  discard: { b: 'hpa', c: 'gfn' },
  'tlb-flush': { a: 'subject', extra: 'flush' },
  'kernel-store': { a: 'gpa', b: 'value', c: 'was' },
  'load-cr3': { a: 'value', b: 'was' },
  invlpg: { a: 'gva' },
  done: { a: 'gva', b: 'hpa', c: 'value' },
  'walk-cache': { a: 'gva' },
};

const ACCESS_KINDS = ['read', 'write', 'fetch'];
const SIZES = ['4K', '2M', '1G'];
const FLUSHES = ['', 'tag', 'root', 'address', 'cr3', 'exit'];
/** How a walk ended (engine/assembly/evidence.ts). */
const RESULTS = [
  'ok',
  'page-fault',
  'general-protection',
  'ept-violation',
  'ept-misconfiguration',
  'nested-page-fault',
  'too-wide',
];
/** Types whose level says the level of an entry, a table or a TLB. */
const LEVELLED = new Set<HappeningType>([
  'tlb-hit',
  'walk-cache',
  'map',
  'prefetch',
  'link',
  'drop',
  'write-protect',
  'shadow-new',
  'shadow-zap',
  'unsync',
  'sync',
  'populate',
  'discard',
]);

function extraOf(type: HappeningType, name: string, extra: number): number | string | boolean {
  if (name === 'kind') return ACCESS_KINDS[extra] ?? extra;
  if (name === 'size') return SIZES[extra] ?? extra;
  if (name === 'flush') return FLUSHES[extra] ?? extra;
  return type === 'populate' || name === 'major' ? extra === 1 : extra;
}

/** A happening as plain JSON: its fields by name, addresses and values as hexadecimal text. */
export function happeningJson(happening: Happening): Record<string, unknown> {
  const { type, vm, vcpu, level } = happening;
  const json: Record<string, unknown> = { event: type, vm, vcpu };
  if (happening.reason !== undefined) json['reason'] = happening.reason;
  if (type === 'walk') json['result'] = RESULTS[level] ?? level;
  if (LEVELLED.has(type)) json['level'] = level;
  const fields = FIELDS[type] ?? {};
  for (const key of ['a', 'b', 'c'] as const) {
    const name = fields[key];
    if (name !== undefined) json[name] = hex(happening[key]);
  }
  if (fields.extra !== undefined) {
    json[fields.extra.replace('#', '')] = extraOf(type, fields.extra, happening.extra);
  }
  return json;
}
