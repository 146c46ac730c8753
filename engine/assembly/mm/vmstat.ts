/** What a kernel counts of its memory's traffic (Linux include/linux/vm_event_item.h, /proc/vmstat). */
@unmanaged
export class VmStat {
  pgfault: u64;
  pgmajfault: u64;
  pswpin: u64;
  pswpout: u64;
  pgpgin: u64;
  pgpgout: u64;
  pgalloc: u64;
  pgfree: u64;
  pgactivate: u64;
  pgdeactivate: u64;
  pgscan_kswapd: u64;
  pgscan_direct: u64;
  pgsteal_kswapd: u64;
  pgsteal_direct: u64;
  allocstall: u64;
  kswapd_runs: u64;
  oom_kill: u64;
  thp_fault_alloc: u64;
  thp_fault_fallback: u64;
  thp_collapse_alloc: u64;
  thp_split_page: u64;
  balloon_inflate: u64;
  balloon_deflate: u64;
  cow_ksm: u64;
  ksm_swpin_copy: u64;
  compact_migrated: u64;
  drop_pagecache: u64;
  workingset_refault_anon: u64;
  workingset_refault_file: u64;
}
