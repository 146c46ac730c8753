import { pageBytes, pageOffset } from '../address.ts';
import type { Address, PageSize } from '../address.ts';
import type { Dump } from '../dump.ts';
import type { Reference, Translation } from '../evidence.ts';
import { InputError } from '../input.ts';
import type { Machine, Mapping } from '../machine.ts';
import { PAGING_DEFAULTS } from '../paging.ts';
import type { Nested, Paging } from '../paging.ts';
import { TEACHING_PAGES } from './scenario.ts';
import type { EntryName, WalkAction, WalkMachine, WalkScenario } from './scenario.ts';

// Bits of a leaf in the guest's tables (Intel SDM vol. 3, 4.5).
const P = 1n;
const RW = 1n << 1n;
const US = 1n << 2n;
const A = 1n << 5n;
const XD = 1n << 63n;

/** Guest-physical memory of the teaching guest's pages: apart from its tables by at least 2 MiB. */
const PAGES_AT: Record<PageSize, Address> = {
  '4K': 0x60_3000n,
  '2M': 0x60_0000n,
  '1G': 0x4000_0000n,
};
const PAGES_APART: Record<PageSize, Address> = {
  '4K': 0x7000n,
  '2M': 0x40_0000n,
  '1G': 0x4000_0000n,
};

/** The Linux guest's RAM: 192 MiB from guest-physical 0. What lies above is not memory. */
export const LINUX_RAM = 192n << 20n;

/** Registers as a scenario leaves them, for showing beside the walk. */
export interface Registers {
  paging: Paging;
  nested: Nested;
}

/** What was said about a machine cannot be: one sentence names what and what would be right. */
export class ScenarioError extends InputError {}

/**
 * Runs walk scenarios on a machine. It builds the guest and the host that a scenario asks for, carries
 * out its actions and translates its access; the machine is left as the actions made it, and is built
 * anew only when the next scenario asks for another.
 */
export class Workbench {
  readonly #machine: Machine;
  #dump: Dump | null = null;
  #built: string | null = null;
  #registers: Registers | null = null;
  /** What to put back, newest last, to have the machine as it was built. */
  #changed: [at: Address, before: Address][] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Gives the Linux guest its memory. */
  loadDump(dump: Dump): void {
    this.#dump = dump;
    this.#built = null;
  }

  get hasDump(): boolean {
    return this.#dump !== null;
  }

  /** Runs a scenario and returns the evidence of its access. */
  run(scenario: WalkScenario): Translation {
    this.#prepare(scenario);
    const translation = this.#machine.translate(scenario.access);
    this.#machine.undo(translation);
    return translation;
  }

  /** Control registers and nested root of a scenario's machine. */
  registers(scenario: WalkScenario): Registers {
    this.#build(scenario.machine);
    if (this.#registers === null) throw new Error('no machine was built');
    return this.#registers;
  }

  /** The entry at a host-physical address, as a scenario's actions leave it before its access. */
  read(scenario: WalkScenario, hpa: Address): Address {
    this.#prepare(scenario);
    return this.#machine.read(hpa);
  }

  /** The pages that the guest's tables map, in order of address. */
  *mappings(machine: WalkMachine): Generator<Mapping> {
    this.#build(machine);
    let from = 0n;
    while (true) {
      const mapping = this.#machine.findMapping(from);
      if (mapping === null) return;
      yield mapping;
      from = mapping.gva + pageBytes(mapping.page);
      if (from >> 64n !== 0n) return;
    }
  }

  /** The reference of a walk that an entry's name means; `undefined` where the walk never reads it. */
  static find(translation: Translation, name: EntryName): Reference | undefined {
    return translation.references.find(
      (reference) =>
        reference.table === name.table &&
        reference.level === name.level &&
        reference.row === name.row,
    );
  }

  #prepare(scenario: WalkScenario): void {
    this.#build(scenario.machine);
    for (const action of scenario.actions) this.#act(action, scenario);
  }

  #write(at: Address, value: Address): void {
    this.#changed.push([at, this.#machine.read(at)]);
    this.#machine.write(at, value);
  }

  #act(action: WalkAction, scenario: WalkScenario): void {
    if (action.do === 'set') {
      this.#write(action.at, action.value);
      return;
    }
    if (action.do === 'fill') {
      this.#machine.back(action.gpa);
      // New tables cannot be taken back entry by entry.
      this.#built = null;
      return;
    }
    const translation = this.#machine.translate(scenario.access);
    this.#machine.undo(translation);
    const reference = Workbench.find(translation, action.entry);
    if (reference === undefined) {
      const { table, level, row } = action.entry;
      throw new ScenarioError(
        'actions',
        `edit an entry that the walk does not read (${table} level ${level} of row ${row}); one that it reads would be right`,
      );
    }
    // As memory has it now: the walk may have updated the entry before it read it once more.
    const now = this.#machine.read(reference.hpa);
    this.#write(reference.hpa, (now | (action.set ?? 0n)) & ~(action.clear ?? 0n));
  }

  #build(machine: WalkMachine): void {
    const key = JSON.stringify(machine);
    if (key === this.#built) {
      for (let index = this.#changed.length - 1; index >= 0; index--) {
        const [at, before] = this.#changed[index] ?? [0n, 0n];
        this.#machine.write(at, before);
      }
      this.#changed = [];
      return;
    }
    this.#changed = [];
    this.#built = null;
    this.#machine.clear();
    if (machine.guest === 'linux') this.#buildLinux(machine);
    else this.#buildTeaching(machine);
    this.#built = key;
  }

  /** Starts the host and its root table; the guest's CR3 follows. */
  #startHost(machine: WalkMachine, paging: Paging): Registers {
    this.#machine.setPaging(paging);
    this.#machine.startHost(machine.hostPage);
    let nested: Nested = null;
    if (machine.mode !== 'native') {
      const root = this.#machine.takeTable();
      nested =
        machine.mode === 'ept'
          ? { kind: 'ept', root, levels: machine.hostLevels, ad: machine.ad, executeOnly: true }
          : { kind: 'npt', root, levels: machine.hostLevels, nxe: true };
    }
    this.#machine.setNested(nested);
    return { paging, nested };
  }

  #buildTeaching(machine: WalkMachine): void {
    const registers = this.#startHost(machine, {
      ...PAGING_DEFAULTS,
      levels: machine.levels,
      cr3: 0n,
    });
    const cr3 = this.#machine.startGuest();
    registers.paging = { ...registers.paging, cr3 };
    this.#machine.setPaging(registers.paging);
    this.#registers = registers;
    let page = PAGES_AT[machine.guestPage];
    for (const { gva, writable, executable, user } of TEACHING_PAGES) {
      const flags = P | A | (writable ? RW : 0n) | (user ? US : 0n) | (executable ? 0n : XD);
      this.#machine.mapGuest(gva, page, machine.guestPage, flags);
      if (machine.backed && machine.mode !== 'native') {
        this.#machine.back(page + pageOffset(gva, machine.guestPage));
      }
      page += PAGES_APART[machine.guestPage];
    }
  }

  #buildLinux(machine: WalkMachine): void {
    const dump = this.#dump;
    if (dump === null)
      throw new ScenarioError('machine.guest', 'is linux, whose memory is not loaded');
    this.#registers = this.#startHost(machine, dump.paging);
    for (const [at, value] of dump.memory) this.#machine.writeGuest(at, value);
    if (machine.mode === 'native') return;
    if (machine.backed) this.#machine.backRange(0n, LINUX_RAM);
    // Untouched by the guest so far but for its own tables, which it wrote.
    else for (const [at] of dump.memory) this.#machine.back(at);
  }
}
