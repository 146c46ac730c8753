import { leafLevel } from '../address.ts';
import type { Address, PageSize } from '../address.ts';
import type { AccessKind } from '../paging.ts';
import { readCosts } from '../cost/model.ts';
import { COUNTERS, GAUGES } from '../kvm/counters.ts';
import type { Counters, MarkHost } from '../kvm/counters.ts';
import type { AccessOutcome, Kernel, KernelStatus, Kvm, Process, Vcpu, Vm } from '../kvm/kvm.ts';
import type { LinuxConfig, LinuxGuest, Workload } from '../linux/linux.ts';
import { KSM_SETTINGS } from '../mm/fields.ts';
import { bytesOf, readTlb } from './read.ts';
import type { Action, ScenarioMachine } from './schema.ts';
import { draw } from './work.ts';
import type { Change } from './work.ts';

/** A scenario's machine: its guests by name, and what one step of an action does to it. */

interface Guest {
  vm: Vm;
  vcpus: Vcpu[];
  /** The small kernel that does what actions say; null in a guest that runs a Linux of its own. */
  kernel: Kernel | null;
  linux: LinuxGuest | null;
}

/** How many steps an action has: one for each page, one for each second, one for anything else. */
export function stepsOf(action: Action): number {
  if ('atOnce' in action && action.atOnce === true) return 1;
  if (action.do === 'wait') return Math.ceil(action.ms / WAIT_MS);
  return 'pages' in action && action.do !== 'discard' ? action.pages : 1;
}

/** What one step of waiting lets pass. */
const WAIT_MS = 1000;

/** Where an action stands between its steps. */
export interface Cursor {
  /** Bytes from the action's address to the page that is next. */
  offset: bigint;
}

const CR4_PAE = 1n << 5n;
const CR4_PGE = 1n << 7n;
const CR4_PCIDE = 1n << 17n;

const FLAG_BITS: Record<string, bigint> = {
  r: 1n,
  w: 1n << 1n,
  u: 1n << 2n,
  a: 1n << 5n,
  d: 1n << 6n,
  g: 1n << 8n,
};
const XD = 1n << 63n;

/** An entry's bits for flags like "rwu"; without x it is not executable. */
export function flagBits(flags: string): bigint {
  let bits = flags.includes('x') ? 0n : XD;
  for (const flag of flags) bits |= FLAG_BITS[flag] ?? 0n;
  return bits;
}

/** What a page holds when no `content` was said: a number that no content can be, its own everywhere. */
const UNSAID = 1n << 63n;
const NAME_SHIFT = 48n;

/** 15 bits that tell processes of all guests apart (FNV-1a). */
function nameBits({ guest, process }: { guest: string; process: string }): bigint {
  let hash = 0x811c9dc5;
  for (const letter of `${guest}/${process}`) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  return BigInt((hash ^ (hash >>> 15)) & 0x7fff);
}

/** Why the kernel of a guest could not do what an action asked for. */
export class ActionError extends Error {}

const KILLED = (guest: string): string =>
  `guest "${guest}": the host ran out of memory and killed it; more host memory or swap, or smaller guests, would be right`;

const PAGE = 4096;

const REASONS: Record<Exclude<KernelStatus, 'ok'>, string> = {
  'no-tables': 'its kernel has no page left for another page table (it has 512)',
  'no-frames': 'no guest frames are left for it',
  'in-the-way': 'a mapping of another page size is in the way; unmap it first',
  crashed: 'its kernel lost its own code, stack or window, and crashed',
};

const pagesOf = (size: string): number => Math.floor(bytesOf(size) / PAGE);

type Said = Pick<Action & { do: 'workload' }, 'kind' | 'memory' | 'rate' | 'period' | 'writes'>;
const workloadOf = ({ kind, memory, rate, period, writes }: Said): Workload => ({
  kind,
  most: pagesOf(memory),
  rate,
  period,
  writes,
});

const linuxConfig = (
  linux: NonNullable<ScenarioMachine['guests'][number]['linux']>,
): LinuxConfig => ({
  swap: pagesOf(linux.swap),
  image: linux.image,
  seed: linux.seed,
  deflateOnOom: linux.deflateOnOom,
  freePageReporting: linux.freePageReporting,
  workload: workloadOf(linux.workload),
});

export class World {
  readonly kvm: Kvm;
  /** Number of processors; each has a TLB of its own. */
  readonly cpus: number;
  readonly #guests = new Map<string, Guest>();

  /** Sets the machine up and boots its guests; counting starts after that. */
  constructor(kvm: Kvm, machine: ScenarioMachine) {
    this.kvm = kvm;
    const { host, mmu } = machine;
    // On bare metal what runs a program is a processor.
    const cpus = mmu.mode === 'native' ? (machine.guests[0]?.vcpus ?? 1) : host.cpus;
    this.cpus = cpus;
    kvm.start({
      cpus,
      frames: Math.floor(bytesOf(host.memory) / PAGE),
      tlb: readTlb(machine.tlb),
      costs: readCosts(machine.costs, 'machine.costs'),
    });
    const swap = bytesOf(host.swap) / PAGE;
    // The first page of an area is its header.
    if (swap >= 2 && mmu.mode !== 'native') kvm.addSwap(Math.floor(swap));
    kvm.setSwappiness(host.swappiness);
    if (host.ksm && mmu.mode !== 'native') kvm.host.setKsm('run', 1);
    this.#openPools(machine);
    let vcpus = 0;
    for (const guest of machine.guests) {
      const frames = bytesOf(guest.memory) / 4096;
      const vm = kvm.createVm({
        mode: mmu.mode,
        frames,
        levels: mmu.levels,
        nestedLevels: mmu.nestedLevels ?? mmu.levels,
      });
      if (mmu.writeProtect === false) kvm.leaveUnwatched(vm);
      const plain = mmu.mode === 'native' || (guest.backing === 'thp' && host.thp === 'never');
      if (!plain && !kvm.backWith(vm, 0, frames, guest.backing)) throw this.#poolShort(guest);
      if (guest.linux !== undefined) {
        const linux = kvm.startLinux(vm, linuxConfig(guest.linux));
        this.#guests.set(guest.name, { vm, vcpus: [], kernel: null, linux });
        continue;
      }
      const kernel = kvm.loadKernel(vm, mmu.pcid);
      const own: Vcpu[] = [];
      for (let index = 0; index < guest.vcpus; index++) {
        const cpu = vcpus++ % cpus;
        // Tag 0 belongs to the host. On AMD a vCPU always has an ASID; without vpid it is flushed.
        const tagged = mmu.mode !== 'native' && mmu.vpid;
        const vpid = tagged || mmu.mode === 'npt' ? vcpus : 0;
        const vcpu = kvm.createVcpu(vm, { cpu, vpid, tagged, pcide: mmu.pcid });
        kvm.setControl(vcpu, 0n, CR4_PAE | CR4_PGE | (mmu.pcid ? CR4_PCIDE : 0n));
        this.#must(kvm.bootKernel(kernel, vcpu), guest.name);
        own.push(vcpu);
      }
      this.#guests.set(guest.name, { vm, vcpus: own, kernel, linux: null });
    }
    for (const { vm } of this.#guests.values()) kvm.resetCounters(vm);
  }

  // Pools of the sizes asked for; where none was, as large as the guests need.
  #openPools({ host, mmu, guests }: ScenarioMachine): void {
    if (mmu.mode === 'native') return;
    for (const size of ['1G', '2M'] as const) {
      const needed = guests
        .filter(({ backing }) => backing === size)
        .reduce((sum, { memory }) => sum + Math.ceil(bytesOf(memory) / Number(BYTES[size])), 0);
      const pages = host.hugepages[size] || needed;
      if (pages > 0) this.kvm.resizePool(size, pages);
    }
  }

  #poolShort({ name, memory, backing }: ScenarioMachine['guests'][number]): ActionError {
    const size = backing === '1G' ? '1G' : '2M';
    const needed = Math.ceil(bytesOf(memory) / Number(BYTES[size]));
    return new ActionError(
      `guest "${name}": needs ${needed} pages of ${size}, and the host's pool has ${this.kvm.poolAvailable(size)} left; a smaller guest, a larger pool or more host memory would be right`,
    );
  }

  #must(status: KernelStatus, guest: string): void {
    if (status !== 'ok') throw new ActionError(`guest "${guest}": ${REASONS[status]}`);
  }

  guest(name: string): Guest {
    const guest = this.#guests.get(name);
    if (guest === undefined) throw new Error(`no guest ${name}`);
    return guest;
  }

  /** The counters of all machines together. */
  counters(): Counters {
    const sum = {} as Counters;
    for (const counter of COUNTERS) sum[counter] = 0;
    for (const { vm } of this.#guests.values()) {
      const counters = this.kvm.counters(vm);
      for (const counter of COUNTERS) sum[counter] += counters[counter];
    }
    return sum;
  }

  /**
   * Does one step of an action; `cursor` moves to the next page. Throws an `ActionError` when a guest's
   * kernel cannot do it. `processes` says which processes there are, by guest and name.
   */
  step(action: Action, cursor: Cursor, processes: ProcessTable): AccessOutcome | null {
    if (action.do === 'mark') return null;
    if ('atOnce' in action && action.atOnce === true) {
      for (let page = 1; page < action.pages; page++) {
        this.#act(action, cursor, processes);
        this.kvm.settle();
        this.kvm.forgetHappenings();
      }
    }
    const outcome = this.#act(action, cursor, processes);
    this.kvm.settle();
    return outcome;
  }

  #act(
    action: Exclude<Action, { do: 'mark' }>,
    cursor: Cursor,
    processes: ProcessTable,
  ): AccessOutcome | null {
    const { kvm } = this;
    if (action.do === 'ksm') {
      kvm.ksmPass(action.passes);
      return null;
    }
    if (action.do === 'wait') {
      const done = Number(cursor.offset);
      const ms = Math.min(WAIT_MS, action.ms - done);
      kvm.advance(ms);
      cursor.offset += BigInt(ms);
      return null;
    }
    if (action.do === 'host') {
      this.#setHost(action);
      return null;
    }
    const { vm, kernel, vcpus, linux } = this.guest(action.guest);
    if (kvm.isKilled(vm)) throw new ActionError(KILLED(action.guest));
    if (action.do === 'balloon') {
      const pages = (kvm.framesOf(vm) * PAGE - bytesOf(action.target)) / PAGE;
      if (kernel !== null) kvm.fillBalloon(kernel, pages);
      else linux?.askBalloon(pages);
      return null;
    }
    if (action.do === 'workload') {
      linux?.run(workloadOf(action));
      return null;
    }
    if (kernel === null) throw new Error(`guest ${action.guest} has no kernel that obeys`);
    if (action.do === 'discard') {
      kvm.discard(vm, Number(BigInt(action.gpa) >> 12n), action.pages);
      return null;
    }
    const vcpu = vcpus[action.vcpu];
    if (vcpu === undefined) throw new Error(`no vCPU ${action.vcpu}`);
    if (action.do === 'process') {
      this.#must(kvm.createProcess(kernel, vcpu), action.guest);
      processes.add(action.guest, action.name, kvm.newestProcess(kernel));
      return null;
    }
    const process = processes.get(action.guest, action.process);
    switch (action.do) {
      case 'fork':
        this.#must(kvm.forkProcess(kernel, vcpu, process), action.guest);
        processes.add(action.guest, action.name, kvm.newestProcess(kernel));
        return null;
      case 'switch':
        this.#must(kvm.switchProcess(kernel, vcpu, process), action.guest);
        return null;
      case 'access':
        return this.#access(action, cursor, { kernel, vcpu, process });
      case 'work':
        this.#work(action, { kernel, vcpu, process });
        return null;
      default:
        this.#page(action, cursor, { kernel, vcpu, process });
        return null;
    }
  }

  #access(
    action: Action & { do: 'access' },
    cursor: Cursor,
    at: { kernel: Kernel; vcpu: Vcpu; process: Process },
  ): AccessOutcome {
    const { kvm } = this;
    this.#must(kvm.runProcess(at.kernel, at.vcpu, at.process), action.guest);
    const gva = BigInt.asUintN(64, BigInt(action.gva) + cursor.offset);
    const operand =
      action.content === undefined
        ? UNSAID | (nameBits(action) << NAME_SHIFT) | BigInt.asUintN(48, gva)
        : BigInt(action.content);
    cursor.offset += BYTES[action.page];
    const outcome = kvm.processAccess(at.kernel, at.vcpu, at.process, {
      gva,
      kind: action.kind,
      cpl: action.user ? 3 : 0,
      operand,
    });
    if (outcome === 'killed') throw new ActionError(KILLED(action.guest));
    return outcome;
  }

  #work(
    action: Action & { do: 'work' },
    at: { kernel: Kernel; vcpu: Vcpu; process: Process },
  ): void {
    const { kvm } = this;
    const { kernel, vcpu, process } = at;
    this.#must(kvm.runProcess(kernel, vcpu, process), action.guest);
    const access = (gva: Address, kind: AccessKind): void => {
      const operand = UNSAID | (nameBits(action) << NAME_SHIFT) | BigInt.asUintN(48, gva);
      const outcome = kvm.processAccess(kernel, vcpu, process, { gva, kind, cpl: 3, operand });
      if (outcome === 'killed') throw new ActionError(KILLED(action.guest));
      // Nobody reads what happened in so many steps: the counters say it.
      kvm.forgetHappenings();
    };
    const change = ({ gva, gpa }: Change): void => {
      this.#must(kvm.remapPage(kernel, vcpu, process, gva, gpa), action.guest);
      this.#must(kvm.invalidateProcessPage(kernel, vcpu, process, gva), action.guest);
      access(gva, 'read');
    };
    draw(action, access, change);
  }

  // The kernel's work on one page of a process.
  #page(
    action: Action & { do: 'map' | 'unmap' | 'remap' | 'protect' | 'invlpg' },
    cursor: Cursor,
    at: { kernel: Kernel; vcpu: Vcpu; process: Process },
  ): void {
    const { kvm } = this;
    const { kernel, vcpu, process } = at;
    const gva = BigInt.asUintN(64, BigInt(action.gva) + cursor.offset);
    const status = ((): KernelStatus => {
      switch (action.do) {
        case 'map': {
          const gpa = frameOf(action.gpa, cursor);
          const level = leafLevel(action.page);
          return kvm.mapPage(kernel, vcpu, process, {
            gva,
            gpa,
            level,
            flags: flagBits(action.flags),
          });
        }
        case 'unmap':
          return kvm.unmapPage(kernel, vcpu, process, gva);
        case 'remap':
          return kvm.remapPage(kernel, vcpu, process, gva, frameOf(action.gpa, cursor));
        case 'protect':
          return kvm.protectPage(kernel, vcpu, process, gva, flagBits(action.flags));
        case 'invlpg':
          return kvm.invalidateProcessPage(kernel, vcpu, process, gva);
      }
    })();
    this.#must(status, action.guest);
    cursor.offset += kvm.stride;
  }

  /** What the host counts, and the pages in the balloons. */
  host(): MarkHost {
    let ballooned = 0;
    for (const name of this.#guests.keys()) ballooned += this.ballooned(name);
    return { ...this.kvm.hostCounters(), ballooned };
  }

  /** Pages of 4 KiB in a guest's balloon. */
  ballooned(name: string): number {
    const { kernel, linux } = this.guest(name);
    return kernel === null ? (linux?.balloon ?? 0) : this.kvm.balloonPages(kernel);
  }

  #setHost({ ksm, swappiness, hugepages }: Action & { do: 'host' }): void {
    const { kvm } = this;
    for (const field of KSM_SETTINGS) {
      const value = ksm?.[field as keyof typeof ksm];
      if (value !== undefined) kvm.host.setKsm(field, value);
    }
    if (swappiness !== undefined) kvm.setSwappiness(swappiness);
    for (const size of ['2M', '1G'] as const) {
      const pages = hugepages?.[size];
      if (pages !== undefined) kvm.resizePool(size, pages);
    }
  }
}

const BYTES: Record<PageSize, bigint> = { '4K': 1n << 12n, '2M': 1n << 21n, '1G': 1n << 30n };

const frameOf = (gpa: string | undefined, cursor: Cursor): Address | null =>
  gpa === undefined ? null : BigInt(gpa) + cursor.offset;

/** Which processes there are. Their handles are the machine's, so this is put back with it. */
export class ProcessTable {
  readonly #processes: Map<string, Process>;

  constructor(processes: Iterable<[string, Process]> = []) {
    this.#processes = new Map(processes);
  }

  add(guest: string, name: string, process: Process): void {
    this.#processes.set(`${guest}/${name}`, process);
  }

  get(guest: string, name: string): Process {
    const process = this.#processes.get(`${guest}/${name}`);
    if (process === undefined) throw new Error(`no process ${name} in guest ${guest}`);
    return process;
  }

  entries(): [string, Process][] {
    return [...this.#processes];
  }
}

/** What a counter changed by; a gauge is given as it stands. */
export function since(before: Counters, now: Counters): Counters {
  const counters = {} as Counters;
  for (const counter of COUNTERS) {
    counters[counter] = GAUGES.has(counter) ? now[counter] : now[counter] - before[counter];
  }
  return counters;
}
