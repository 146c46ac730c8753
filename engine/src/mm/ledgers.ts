import type { KernelMemory } from './memory.ts';
import type { Meminfo, ProcessInfo } from './fields.ts';
import type { LinuxGuest } from '../linux/linux.ts';

/**
 * Three accounts of one guest's memory, all computed from the same frames: what its own kernel says, what
 * libvirt says, and what the host says of the process that runs it.
 */
export interface Ledgers {
  /** /proc/meminfo in the guest, in KiB. */
  guest: Meminfo;
  /** `virsh dommemstat`, in KiB but for the counts (virDomainMemoryStats(); virtio-balloon's tags). */
  libvirt: Dommemstat;
  /** The host's process: /proc/PID/status, in KiB. */
  host: { VmRSS: number; VmSwap: number; VmPTE: number; HugetlbPages: number };
}

export interface Dommemstat {
  /** The balloon's present value: what is left to the guest. */
  actual: number;
  swap_in: number;
  swap_out: number;
  major_fault: number;
  minor_fault: number;
  /** Of the guest: MemFree, MemTotal, MemAvailable, and what its caches hold. */
  unused: number;
  available: number;
  usable: number;
  disk_caches: number;
  /** Of the host: what is resident of the process. */
  rss: number;
}

const KIB = 4;

/** The accounts of a guest with so many frames, run by a process of the host. */
export function ledgersOf(linux: LinuxGuest, frames: number, process: ProcessInfo): Ledgers {
  const memory: KernelMemory = linux.memory;
  const guest = memory.meminfo;
  const counts = memory.vmstat;
  return {
    guest,
    libvirt: {
      actual: (frames - linux.balloon) * KIB,
      swap_in: counts.pswpin * KIB,
      swap_out: counts.pswpout * KIB,
      major_fault: counts.pgmajfault,
      minor_fault: counts.pgfault - counts.pgmajfault,
      unused: guest.MemFree,
      available: guest.MemTotal,
      usable: guest.MemAvailable,
      disk_caches: guest.Cached + guest.Buffers,
      rss: process.rss * KIB,
    },
    host: {
      VmRSS: process.rss * KIB,
      VmSwap: process.swapped * KIB,
      VmPTE: process.tables * KIB,
      HugetlbPages: process.hugetlb * KIB,
    },
  };
}
