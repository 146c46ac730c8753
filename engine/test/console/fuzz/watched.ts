import { bashOf, completeness } from '../../../src/console/shell/index.ts';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { cellOf } from '../../../src/console/host/host.ts';
import { Pipe } from '../../../src/console/os/stream.ts';
import type { Process } from '../../../src/console/os/process.ts';
import { Console } from '../../../src/console/session.ts';
import type { Kvm, Vm } from '../../../src/kvm/kvm.ts';
import { audit } from '../../mm/audit.ts';

/**
 * A host that is watched: after every command it is looked at whether all of it still agrees. What does not is
 * thrown as a `Broken`.
 */
export class Broken extends Error {}

function must(holds: boolean, what: () => string): void {
  if (!holds) throw new Broken(what());
}
function same(what: string, one: unknown, other: unknown): void {
  must(Object.is(one, other), () => `${what}: ${String(one)} and ${String(other)}`);
}

/** A guest of so many MiB, as `virsh define` takes it. */
export const domain = (name: string, mib: number, more = ''): string =>
  `<domain type='kvm'><name>${name}</name><memory unit='MiB'>${mib}</memory><currentMemory unit='MiB'>${mib / 2}</currentMemory>${more}<vcpu>1</vcpu><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><kernel>/var/lib/libvirt/boot/vmlinuz</kernel></os><features><acpi/></features><devices><console type='pty'/><memballoon model='virtio'/></devices></domain>`;

const CONFIG = readHostConfig({
  memory: '512M',
  cells: ['256M', '256M'],
  domains: [domain('one', 96), domain('two', 64)],
});

/** Both cells are alike. */
const CELL = cellOf(CONFIG.cells[0]! / 4);

/** Seconds of the processor that one call may take. The machine under test may be a slow one. */
const LONGEST_S = 1;
/** Steps of the session, 2000 turns or up to 100 ms of the clock each, after which a command is killed. */
const STEPS = 12;

/** A text for a message: what stands there again and again is counted. */
export const brief = (text: string): string =>
  JSON.stringify(
    text.replaceAll(
      /(.{1,12}?)\1{9,}/gsu,
      (all, piece: string) => `«${piece}»×${all.length / piece.length}`,
    ),
  );

/** A process's own time, so that others on the machine do not count. */
export function timed<Result>(what: string, act: () => Result): Result {
  const before = process.cpuUsage();
  const result = act();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  must(seconds < LONGEST_S, () => `${brief(what)} held everything up for ${seconds.toFixed(1)} s`);
  return result;
}

export class WatchedHost {
  console: Console;
  readonly #kvm: Kvm;
  readonly #bash = bashOf(ALL_PARTS.shell);
  /** Processes of the host itself that hold memory. */
  readonly #services: number;

  constructor(kvm: Kvm) {
    this.#kvm = kvm;
    this.console = new Console(kvm, CONFIG, ALL_PARTS);
    this.#services = kvm.host.processes.filter(({ rss }) => rss > 0).length;
  }

  /** Runs a line as `bash -c` does, with nothing to read; what it printed. Throws `Broken`. */
  run(line: string): string {
    const { host } = this.console;
    const there = new Set(host.scheduler.processes);
    const pipes = [new Pipe(), new Pipe(), new Pipe()] as const;
    const [input, out, err] = pipes;
    const fds = new Map(
      [input.openForReading(), out.openForWriting(), err.openForWriting()].entries(),
    );
    const held = [out.openForReading(), err.openForReading()];
    host.scheduler.renew();
    const shell = host.scheduler.start(this.#bash, {
      system: host,
      argv: ['bash', '-c', line],
      parent: null,
      env: new Map([
        ['HOME', '/root'],
        ['PATH', '/usr/sbin:/usr/bin'],
        ['TERM', 'xterm'],
      ]),
      cwd: '/tmp',
      umask: 0o022,
      fds,
    });
    for (const open of fds.values()) open.close();
    let printed = '';
    const drain = (): void => {
      for (const pipe of [out, err]) {
        for (let text; pipe.source.ready && (text = pipe.source.read(65_536)) !== null;)
          printed += text;
      }
    };
    const left = (): Process[] => host.scheduler.processes.filter((other) => !there.has(other));
    let steps = 0;
    for (; shell.status === null && steps < STEPS && printed.length < 1e6; steps++) {
      const progress = timed(line, () => this.console.step());
      drain();
      if (progress === 'stuck') break;
    }
    if (this.console.host !== host || host.state.powered !== 'on') {
      // Restarted, all has ended with the old host. One that was switched off stays so: here is another.
      if (this.console.host === host) this.console = new Console(this.#kvm, CONFIG, ALL_PARTS);
      this.look();
      return printed;
    }
    // What it left in the background goes on in a shell that ends; here it ends, too.
    const mayLeave = shell.status === null || line.includes('&');
    must(
      mayLeave || left().length === 0,
      () =>
        `${left()
          .map(({ argv }) => argv.join(' '))
          .join(', ')} is left over`,
    );
    for (let tries = 0; left().length > 0; tries++) {
      must(tries < 10, () => `${left()[0]?.argv.join(' ')} cannot be killed`);
      for (const other of left()) host.scheduler.signal({ process: other }, 'KILL');
      timed(`the end of ${line}`, () => host.scheduler.run(10_000));
    }
    drain();
    must(
      host.scheduler.faults.length === 0,
      () => `${brief(line)}: ${String(host.scheduler.faults[0])}`,
    );
    must(
      [out, err].every(({ source }) => source.ready && source.read(1) === null),
      () => 'a pipe is still held open by a program that has ended',
    );
    for (const open of held) open.close();
    this.look();
    return printed;
  }

  wait(milliseconds: number): void {
    timed(`${milliseconds} ms`, () => this.console.wait(milliseconds));
    this.look();
  }

  /** What must hold after every command, of what can be asked for quickly. */
  look(): void {
    const { host } = this.console;
    const { memory, fs } = host;
    const info = memory.meminfo;
    const shown = new Map(
      [...fs.read('/proc/meminfo').matchAll(/^(\S+): +(\d+)/gm)].map(([, name, value]) => [
        name ?? '',
        Number(value),
      ]),
    );
    const of = (name: string): number => shown.get(name) ?? Number.NaN;
    for (const name of [
      'MemTotal',
      'MemFree',
      'SwapTotal',
      'SwapFree',
      'AnonPages',
      'Hugetlb',
    ] as const) {
      same(`${name} of /proc/meminfo and of the machine`, of(name), info[name]);
    }
    for (const [name, value] of shown) must(value >= 0, () => `${name} is ${value}`);
    must(of('MemAvailable') <= of('MemTotal'), () => 'more is available than there is');
    must(of('MemFree') <= of('MemTotal'), () => 'more is free than there is');
    const pools = '/sys/kernel/mm/hugepages';
    let huge = 0;
    for (const folder of fs.list(pools, '/')) {
      const number = (file: string): number => Number(fs.read(`${pools}/${folder}/${file}`));
      const [total, free, reserved] = [
        number('nr_hugepages'),
        number('free_hugepages'),
        number('resv_hugepages'),
      ];
      must(
        reserved <= free && free <= total,
        () => `${folder}: ${reserved} reserved of ${free} free of ${total}`,
      );
      huge += total * Number(/\d+/.exec(folder)?.[0]);
      if (!folder.includes('2048kB')) continue;
      same('HugePages_Total and its pool', of('HugePages_Total'), total);
      same('HugePages_Free and its pool', of('HugePages_Free'), free);
    }
    same('Hugetlb and all pools', of('Hugetlb'), huge);
    const swaps = host.swaps;
    const sum = (values: number[]): number => values.reduce((all, value) => all + value, 0);
    same('SwapTotal and /proc/swaps', sum(swaps.map(({ size }) => size)), of('SwapTotal'));
    same(
      'SwapFree and /proc/swaps',
      sum(swaps.map(({ size, used }) => size - used)),
      of('SwapFree'),
    );
    const cells = ['0', '1'].map((cell) => fs.read(`/sys/devices/system/node/node${cell}/meminfo`));
    const free = cells.map((text) => Number(/MemFree: +(\d+)/.exec(text)?.[1]));
    same('MemFree of the cells and of all', sum(free), of('MemFree'));
    this.#lookAtDomains();
  }

  #lookAtDomains(): void {
    const { host } = this.console;
    const connection = host.libvirt?.(null, { readOnly: true });
    const domains = connection?.listAllDomains() ?? [];
    const running = domains.filter((one) => one.isActive()).map(({ name }) => name);
    const machines = [...host.state.machines.values()].map(({ spec }) => spec.name);
    same('domains that run and machines', running.sort().join(), machines.sort().join());
    must(
      new Set(domains.map(({ name }) => name)).size === domains.length,
      () => 'two domains of one name',
    );
    const processes = host.shownProcesses.filter(({ name }) => name.startsWith('qemu'));
    same('machines and processes of QEMU', machines.length, processes.length);
    // Of each machine the guest's memory and QEMU's own; of a saved one the guest's.
    const saved = [...host.state.images.values()].filter(({ parked }) => parked !== null).length;
    const holders = this.#kvm.host.processes.filter(({ rss, swapped }) => rss + swapped > 0).length;
    const most = this.#services + 2 * machines.length + saved;
    must(holders <= most, () => `${holders} processes hold memory, and ${most} should at the most`);
    connection?.close();
  }

  /** The whole of the host's memory, frame by frame. */
  audit(): void {
    const { machines, images } = this.console.host.state;
    // A machine that was saved is there as well, all of its memory in a file.
    const saved = [...images.values()].flatMap(({ parked }) =>
      parked === null ? [] : [parked.machine],
    );
    audit(
      this.#kvm,
      [...machines.values(), ...saved].map((record) => {
        const vm = record.vm as Vm;
        const isShadow = this.#kvm.tdpRoot(vm) === 0n;
        return {
          vm,
          mode: isShadow ? 'shadow' : CONFIG.processor.vendor === 'GenuineIntel' ? 'ept' : 'npt',
        };
      }),
      (frame) => frame % CELL.frames < CELL.reserved,
    );
  }
}

/** A text is whole, unfinished or wrong, and nothing else. */
export function readShell(text: string): void {
  timed(text, () => completeness(text));
}
