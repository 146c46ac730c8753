/**
 * The header of a machine's state: what lies beside the arena of memory.ts. Header and arena together
 * are the whole machine; a copy of the two, put back, is the machine as it was.
 */

@unmanaged
export class State {
  /** End of the arena: what is handed out of linear memory. */
  arenaEnd: usize;
  /** The block that small records are taken from: where the next lies, and what is left of it. */
  records: usize;
  recordsLeft: usize;

  /** memory.ts: the table of host frames. */
  slots: u32;
  used: u32;
  keys: usize;
  frames: usize;
  /** Blocks of 4 KiB given back. */
  freeBlock: usize;

  /** The host's memory (mm/node.ts). */
  host: usize;
  /** mm/ksm.ts: records given back. */
  freeItem: usize;
  freeStable: usize;
  /** linux/: the guests that run a Linux, and the clock in microseconds. */
  firstLinux: usize;
  lastLinux: usize;
  clock: u64;

  /** kvm/list.ts and kvm/shadow-page.ts: records given back. */
  freeLink: usize;
  freeShadow: usize;

  /** cost.ts: the parameters. */
  cost: usize;
  /** cpu.ts: the processors, and the first virtual machine. */
  cpus: usize;
  cpuCount: i32;
  firstVm: usize;
  vmCount: i32;
}

// Room for whole groups of 32 bytes, so that it can be hashed as such.
export const state: State = changetype<State>(memory.data(512, 32));

/** Where the header lies, and its size in bytes. */
export function stateAt(): usize {
  return changetype<usize>(state);
}
export const STATE_BYTES: u32 = <u32>offsetof<State>();
