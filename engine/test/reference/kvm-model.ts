import type { Counted, Mode, Operation, Workload } from '../../src/conform/records.ts';
import { GuestMemory, LARGE, PRESENT, frameIn, slotOf } from './kvm-memory.ts';
import { NestedMmu } from './kvm-nested.ts';
import { ShadowMmu, type Stats } from './kvm-shadow.ts';

/**
 * A second implementation of what Linux's KVM counts for the recorded guest, independent of the
 * engine's: the rules of ../shared/kvm/README.md in plain TypeScript. A workload goes in, the
 * counts of each of its instructions come out, in the form of the records' `expected`.
 */

const WINDOW = 0xffff_8880_0000_0000n;
const WINDOW_SLOT = 273n;
const CODE = WINDOW + 0x1000n;
const STACK = WINDOW + 0x1f00n;
const TABLE_FLAGS = 0x27n;
const GLOBAL_PAGES = 0x80n;
/** CR4 at the start: PAE. */
const FIRST_CR4 = 0x20n;

const COUNTERS = [
  'exits',
  'pf_taken',
  'pf_guest',
  'pf_emulate',
  'mmu_cache_miss',
  'mmu_pte_write',
  'mmu_flooded',
  'mmu_unsync',
  'pages_4k',
  'pages_2m',
  'invlpg',
] as const satisfies readonly (keyof Stats)[];

const noStats = (): Stats =>
  Object.fromEntries(COUNTERS.map((name) => [name, 0])) as unknown as Stats;

/** Counts of each operation of a workload, phase by phase. */
export function modelCounts(workload: Workload, mode: Mode): Counted[][] {
  const guest = new ModelGuest(workload, mode);
  return workload.phases.map(({ operations }) => operations.map((each) => guest.execute(each)));
}

export class ModelGuest {
  readonly #stats = noStats();
  readonly #memory: GuestMemory;
  readonly #mmu: ShadowMmu | NestedMmu;
  #cr4 = FIRST_CR4;

  constructor(workload: Workload, mode: Mode) {
    this.#memory = new GuestMemory(workload);
    build(this.#memory, workload);
    this.#mmu =
      mode === 'shadow'
        ? new ShadowMmu(this.#memory, this.#stats)
        : new NestedMmu(this.#memory, this.#stats);
    const space = workload.layout.find((line) => line.kind === 'space');
    if (space !== undefined) this.#mmu.start(space.root);
  }

  execute(operation: Operation): Counted {
    const before = { ...this.#stats };
    const seen: Counted = {};
    if (!this.#host(operation)) {
      this.#mmu.access(CODE, 'fetch');
      this.#instruction(operation, seen);
      this.#mmu.access(CODE, 'fetch');
    }
    const counted: Counted = {};
    for (const name of COUNTERS) {
      const by = this.#stats[name] - before[name];
      if (by !== 0) counted[name] = by;
    }
    return { ...counted, ...seen };
  }

  /** What is no instruction of the guest: whether it was one of these. */
  #host(operation: Operation): boolean {
    if (operation.do === 'layout') return true;
    if (operation.do !== 'discard' && operation.do !== 'fill') return false;
    const first = Number(operation.gpa >> 12n);
    if (operation.do === 'discard') this.#memory.discard(first, operation.count);
    else {
      for (let gfn = first; gfn < first + operation.count; gfn++) {
        this.#memory.hostWrite(BigInt(gfn) << 12n, BigInt(gfn) << 12n);
      }
    }
    return true;
  }

  #instruction(operation: Operation, seen: Counted): void {
    switch (operation.do) {
      case 'read':
      case 'write':
        this.#data(operation, seen);
        return;
      case 'invlpg':
        this.#mmu.invlpg(operation.va);
        return;
      case 'cr3':
        this.#mmu.cr3(operation.root);
        return;
      case 'cr4': {
        const changed = ((operation.value ^ this.#cr4) & GLOBAL_PAGES) !== 0n;
        this.#cr4 = operation.value;
        this.#mmu.flushAll(changed);
        return;
      }
      default:
    }
  }

  #data(operation: Operation & { do: 'read' | 'write' }, seen: Counted): void {
    const reached = this.#mmu.access(operation.va, operation.do);
    if ('code' in reached) {
      seen['fault'] = { errorCode: reached.code, cr2: hex(operation.va) };
      this.#mmu.access(STACK, 'write');
      this.#mmu.access(CODE, 'fetch');
    } else if (operation.do === 'read') seen['value'] = hex(this.#memory.read(reached.gpa));
    else if (reached.emulated) {
      this.#memory.hostWrite(reached.gpa, operation.value);
      this.#mmu.stored(reached.gpa);
    } else this.#memory.write(reached.gpa, operation.value);
  }
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Builds what the layout says; a mapping's new tables are named after it, from the top down. */
function build(memory: GuestMemory, { layout }: Workload): void {
  const window = layout.find((line) => line.kind === 'table');
  for (const [index, line] of layout.entries()) {
    if (line.kind === 'space' && window !== undefined) {
      memory.write(line.root + WINDOW_SLOT * 8n, window.gpa | TABLE_FLAGS);
    }
    if (line.kind !== 'map') continue;
    const rest = layout.slice(index + 1);
    const end = rest.findIndex((next) => next.kind !== 'table' || next.level === 4);
    const tables = (end < 0 ? rest : rest.slice(0, end)).flatMap((next) =>
      next.kind === 'table' ? [next.gpa] : [],
    );
    for (let each = 0; each < line.count; each++) {
      const size = line.large ? 0x20_0000n : 0x1000n;
      const flags = line.flags | (line.large ? LARGE : 0n);
      const va = line.va + BigInt(each) * size;
      const at = leafOf(memory, line.root, va, line.large ? 2 : 1, tables);
      memory.write(at, (line.gpa + BigInt(each) * size) | flags);
    }
  }
}

/** Where a mapping's leaf entry lies; the tables on the way are linked as they are needed. */
function leafOf(
  memory: GuestMemory,
  root: bigint,
  va: bigint,
  leaf: number,
  tables: bigint[],
): bigint {
  let table = root;
  for (let level = 4; ; level--) {
    const at = table + BigInt(slotOf(va, level) * 8);
    if (level === leaf) return at;
    let entry = memory.read(at);
    if ((entry & PRESENT) === 0n) {
      const next = tables.shift();
      if (next === undefined) throw new Error(`no table for ${hex(va)} at level ${level - 1}`);
      entry = next | TABLE_FLAGS;
      memory.write(at, entry);
    }
    table = BigInt(frameIn(entry)) << 12n;
  }
}
