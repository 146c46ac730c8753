import { hex } from '../address.ts';
import type { Counter, Counters } from '../kvm/counters.ts';
import type { Kvm, Vcpu, Vm } from '../kvm/kvm.ts';
import type { Counted, LayoutLine, Mode, Operation, Workload } from './records.ts';

/**
 * The guest of the records: one vCPU in 64-bit mode at privilege level 0, 24 MiB of memory, a system
 * page that holds its code and stack, and a window onto its own page tables.
 */

const PAGE = 0x1000n;
/** Guest-physical address of the system page: code, descriptor tables, stack. */
const SYSTEM_PAGE = 0x1000n;
const TABLES = 0x20_0000n;
const TABLES_END = 0x40_0000n;
const MEMORY_END = 0x180_0000n;
/** The memory that the host backs with 2 MiB pages lies in a slot of its own. */
const HUGE_START = 0x400_0000n;

const WINDOW = 0xffff_8880_0000_0000n;
const WINDOW_SLOT = 273n;
/** Entries above the leaf: P, R/W, U/S, A. */
const TABLE_FLAGS = 0x27n;
const PS = 0x80n;
const CR4_PAE = 0x20n;

/** Where on the system page the guest's code runs and its fault handler's frame is pushed. */
const CODE = WINDOW + SYSTEM_PAGE;
const STACK = WINDOW + SYSTEM_PAGE + 0xf00n;

/** The counters that the records have. */
const RECORDED: readonly Counter[] = [
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
];

const slotOf = (va: bigint, level: number): bigint => (va >> BigInt(12 + 9 * (level - 1))) & 511n;
const frameOf = (gpa: bigint): number => Number(gpa >> 12n);

/** No record's slot of large pages is known to be larger. */
const HUGE_MOST = 0x400_0000n;

/** End of the memory that the host backs with large pages: what the layout and the program reach. */
function hugeEnd(workload: Workload): bigint {
  let end = HUGE_START + 0x20_0000n;
  // The guest may store entries that point beyond what was mapped at first.
  for (const { operations } of workload.phases) {
    for (const operation of operations) {
      if (operation.do !== 'write') continue;
      const page = (operation.value & 0x000f_ffff_ffff_f000n) + PAGE;
      if (page > end && page <= HUGE_START + HUGE_MOST) end = page;
    }
  }
  for (const line of workload.layout) {
    if (line.kind !== 'map') continue;
    const last = line.gpa + BigInt(line.count) * (line.large ? 0x20_0000n : PAGE);
    if (last > end) end = last;
  }
  return (end + 0x1f_ffffn) & ~0x1f_ffffn;
}

export class RecordedGuest {
  readonly #kvm: Kvm;
  readonly #vm: Vm;
  readonly #vcpu: Vcpu;

  /** A fresh virtual machine with the workload's tables and data, before its first instruction. */
  constructor(kvm: Kvm, mode: Mode, workload: Workload) {
    kvm.start({ cpus: 1 });
    this.#kvm = kvm;
    const end = workload.huge ? hugeEnd(workload) : MEMORY_END;
    this.#vm = kvm.createVm({
      mode: mode === 'shadow' ? 'shadow' : 'npt',
      frames: frameOf(end),
      levels: 4,
      nestedLevels: 4,
    });
    if (workload.huge) {
      const huge = frameOf(end - HUGE_START);
      kvm.limitShadowPages(this.#vm, frameOf(MEMORY_END) + huge);
      kvm.resizePool('2M', huge / 512);
      kvm.backWith(this.#vm, frameOf(HUGE_START), huge, '2M');
    }
    this.#vcpu = kvm.createVcpu(this.#vm, { cpu: 0, vpid: 0, tagged: false, pcide: false });
    this.#kvm.writeGuest(this.#vm, SYSTEM_PAGE, 0n);
    for (let gpa = TABLES; gpa < TABLES_END; gpa += PAGE) this.#kvm.writeGuest(this.#vm, gpa, 0n);
    this.#build(workload.layout);
    if (workload.populated) {
      this.#stamp(TABLES_END, frameOf(MEMORY_END - TABLES_END));
      if (workload.huge) this.#stamp(HUGE_START, frameOf(end - HUGE_START));
    }
    const first = workload.layout.find((line) => line.kind === 'space');
    if (first !== undefined) kvm.setControl(this.#vcpu, first.root, CR4_PAE);
  }

  // The first 8 bytes of each data frame hold its own address.
  #stamp(gpa: bigint, count: number): void {
    for (let index = 0; index < count; index++) {
      const at = gpa + BigInt(index) * PAGE;
      this.#kvm.writeGuest(this.#vm, at, at);
    }
  }

  #build(layout: readonly LayoutLine[]): void {
    // The first table handed out is the window's, which every space shares.
    const window = layout.find((line) => line.kind === 'table');
    // A mapping's tables were handed out while it was made: they follow it.
    for (const [index, line] of layout.entries()) {
      if (line.kind === 'space' && window !== undefined) {
        this.#write(line.root + WINDOW_SLOT * 8n, window.gpa | TABLE_FLAGS);
      }
      if (line.kind !== 'map') continue;
      const fresh: bigint[] = [];
      for (const next of layout.slice(index + 1)) {
        if (next.kind !== 'table' || next.level === 4) break;
        fresh.push(next.gpa);
      }
      this.#map(line, fresh);
    }
  }

  #map(line: LayoutLine & { kind: 'map' }, fresh: bigint[]): void {
    const leaf = line.large ? 2 : 1;
    const size = line.large ? 0x20_0000n : PAGE;
    for (let index = 0n; index < BigInt(line.count); index++) {
      const va = line.va + index * size;
      let table = line.root;
      for (let level = 4; level > leaf; level--) {
        const at = table + slotOf(va, level) * 8n;
        let entry = this.#kvm.peekGuest(this.#vm, at);
        if ((entry & 1n) === 0n) {
          const next = fresh.shift();
          if (next === undefined) {
            throw new Error(`no table was handed out for ${hex(va)} at level ${level - 1}`);
          }
          entry = next | TABLE_FLAGS;
          this.#write(at, entry);
        }
        table = entry & 0x000f_ffff_ffff_f000n;
      }
      const flags = line.flags | (line.large ? PS : 0n);
      this.#write(table + slotOf(va, leaf) * 8n, (line.gpa + index * size) | flags);
    }
  }

  #write(gpa: bigint, value: bigint): void {
    this.#kvm.writeGuest(this.#vm, gpa, value);
  }

  #fetch(): void {
    this.#kvm.access(this.#vcpu, CODE, 'fetch', 0, 0n);
  }

  /** Runs one operation and says what it counted. */
  execute(operation: Operation): Counted {
    const before = this.#kvm.counters(this.#vm);
    const seen: Counted = {};
    switch (operation.do) {
      case 'layout':
        break;
      case 'discard':
        this.#kvm.discard(this.#vm, frameOf(operation.gpa), operation.count);
        break;
      case 'fill':
        this.#stamp(operation.gpa, operation.count);
        break;
      default:
        this.#fetch();
        this.#instruction(operation, seen);
        this.#fetch();
    }
    return { ...difference(before, this.#kvm.counters(this.#vm)), ...seen };
  }

  #instruction(operation: Operation, seen: Counted): void {
    const kvm = this.#kvm;
    switch (operation.do) {
      case 'read':
      case 'write': {
        const operand = operation.do === 'write' ? operation.value : 0n;
        const outcome = kvm.access(this.#vcpu, operation.va, operation.do, 0, operand);
        if (outcome === 'guest-fault') {
          seen['fault'] = { errorCode: kvm.faultCode, cr2: hex(operation.va) };
          // The handler is entered: the processor pushes its frame, the handler runs and returns.
          kvm.access(this.#vcpu, STACK, 'write', 0, 0n);
          this.#fetch();
        } else if (operation.do === 'read' && outcome === 'done') seen['value'] = hex(kvm.value);
        break;
      }
      case 'invlpg':
        kvm.invlpg(this.#vcpu, operation.va);
        break;
      case 'cr3':
        kvm.movCr3(this.#vcpu, operation.root);
        break;
      case 'cr4':
        kvm.movCr4(this.#vcpu, operation.value);
        break;
      default:
    }
  }
}

function difference(before: Counters, after: Counters): Counted {
  const counted: Counted = {};
  for (const name of RECORDED) {
    const by = after[name] - before[name];
    if (by !== 0) counted[name] = by;
  }
  return counted;
}
