import type { Ksm, Meminfo, Vmstat } from '../mm/fields.ts';
import { ledgersOf } from '../mm/ledgers.ts';
import type { Ledgers } from '../mm/ledgers.ts';
import type { Run } from './run.ts';

/** What a host and its guests look like now: every number counted from the machine's frames. */
export interface HostView {
  /** Milliseconds since the start. */
  clock: number;
  meminfo: Meminfo;
  vmstat: Vmstat;
  ksm: Ksm;
  guests: HostGuestView[];
}

export interface HostGuestView {
  name: string;
  /** Frames of 4 KiB that it was given. */
  frames: number;
  /** The host killed it. */
  killed: boolean;
  /** Pages in its balloon, and those that the host asked for. */
  ballooned: number;
  asked: number;
  /** The three accounts of it; null for a guest without a Linux of its own. */
  ledgers: Ledgers | null;
  /** Pages of its process in memory, and in the host's swap. */
  resident: number;
  swapped: number;
  /** Pages that its programs touched, and nanoseconds that they waited for memory. */
  progress: { touched: number; waited: number };
}

export function hostViewOf(run: Run): HostView {
  const { kvm } = run.world;
  const processes = kvm.host.processes;
  const guests = run.scenario.machine.guests.map(({ name }): HostGuestView => {
    const { vm, linux } = run.world.guest(name);
    const frames = kvm.framesOf(vm);
    const process = processes.find((each) => each.vm === vm);
    const killed = kvm.isKilled(vm);
    return {
      name,
      frames,
      killed,
      ballooned: run.world.ballooned(name),
      asked: linux?.asked ?? run.world.ballooned(name),
      ledgers:
        linux === null || process === undefined || killed
          ? null
          : ledgersOf(linux, frames, process),
      resident: process?.rss ?? 0,
      swapped: process?.swapped ?? 0,
      progress: linux?.progress ?? { touched: 0, waited: 0 },
    };
  });
  const { meminfo, vmstat, ksm } = kvm.host;
  return { clock: kvm.clock, meminfo, vmstat, ksm, guests };
}
