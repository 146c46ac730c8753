/** What a kernel says of its memory, by the names under which Linux says it. */

/** Lines of /proc/meminfo, in KiB unless they count pages; three of them it does not have. */
export const MEMINFO_FIELDS = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SwapCached',
  'Active',
  'Inactive',
  'Active(anon)',
  'Inactive(anon)',
  'Active(file)',
  'Inactive(file)',
  'Unevictable',
  'SwapTotal',
  'SwapFree',
  'Dirty',
  'AnonPages',
  'Slab',
  'PageTables',
  'SecPageTables',
  'CommitLimit',
  'Committed_AS',
  'AnonHugePages',
  'HugePages_Total',
  'HugePages_Free',
  'HugePages_Rsvd',
  'HugePages_Surp',
  'Hugepagesize',
  'Hugetlb',
  /** Memory in the balloon, of a guest. */
  'balloon',
  /** That part of AnonPages which is merged pages. */
  'ksm',
  /** All frames there are, those included that the kernel keeps from the start. */
  'frames',
  /** Of Cached: files in memory only, and what processes have mapped. */
  'Shmem',
  'Mapped',
  /** Of Slab: names and inodes of files, which can be dropped. */
  'SReclaimable',
] as const;
export type MeminfoField = (typeof MEMINFO_FIELDS)[number];
export type Meminfo = Record<MeminfoField, number>;

/** Counters of /proc/vmstat. */
export const VMSTAT_FIELDS = [
  'pgfault',
  'pgmajfault',
  'pswpin',
  'pswpout',
  'pgpgin',
  'pgpgout',
  'pgalloc',
  'pgfree',
  'pgactivate',
  'pgdeactivate',
  'pgscan_kswapd',
  'pgscan_direct',
  'pgsteal_kswapd',
  'pgsteal_direct',
  'allocstall',
  'kswapd_runs',
  'oom_kill',
  'thp_fault_alloc',
  'thp_fault_fallback',
  'thp_collapse_alloc',
  'thp_split_page',
  'balloon_inflate',
  'balloon_deflate',
  'cow_ksm',
  'ksm_swpin_copy',
  'compact_migrated',
  'drop_pagecache',
  'workingset_refault_anon',
  'workingset_refault_file',
] as const;
export type Vmstat = Record<(typeof VMSTAT_FIELDS)[number], number>;

/** Files of /sys/kernel/mm/ksm; then how many pages ksmd looked at in all. */
export const KSM_FIELDS = [
  'run',
  'pages_to_scan',
  'sleep_millisecs',
  'max_page_sharing',
  'use_zero_pages',
  'pages_shared',
  'pages_sharing',
  'pages_unshared',
  'pages_volatile',
  'full_scans',
  'stable_node_chains',
  'stable_node_dups',
  'ksm_zero_pages',
  'pages_scanned',
] as const;
export type KsmField = (typeof KSM_FIELDS)[number];
/** Those that can be written. */
export const KSM_SETTINGS = KSM_FIELDS.slice(0, 5) as readonly KsmField[];
export type Ksm = Record<KsmField, number>;

/** A process as its kernel accounts for it; sizes in pages of 4 KiB. */
export const PROCESS_FIELDS = [
  'number',
  'dead',
  'pages',
  'rss',
  'swapped',
  'hugetlb',
  'tables',
  'minor_faults',
  'major_faults',
  'root',
  'vm',
  /** What the OOM killer counts against it: the process of most points goes (oom_badness()). */
  'points',
] as const;
export type ProcessInfo = Record<(typeof PROCESS_FIELDS)[number], number>;

/** What can be set of a process. */
export const PROCESS_SETTINGS = [
  /** Pages from this one on may be merged by ksmd (MADV_MERGEABLE). */
  'mergeable',
  /** 1: it stays in memory (mlockall()). */
  'locked',
  /** What the OOM killer adds, -1000 to 1000 (oom_score_adj). */
  'oom_score_adj',
  /** The NUMA cell that it runs on. */
  'cell',
  /** Cells whose memory it may have, a bit for each; 0 for all. */
  'cells',
  /** What backs its memory: 0 pages of 4 KiB, 3 transparent huge pages. */
  'backing',
] as const;
export type ProcessSetting = (typeof PROCESS_SETTINGS)[number];

export const CELL_FIELDS = [
  'start',
  'managed',
  'free',
  'huge2M',
  'free2M',
  'huge1G',
  'free1G',
] as const;
/** A NUMA cell: its first frame, frames managed and free, pages of the pools in it and free ones. */
export type Cell = Record<(typeof CELL_FIELDS)[number], number>;

export const ZONE_FIELDS = [
  'start',
  'end',
  'cell',
  'free',
  'min',
  'low',
  'high',
  'managed',
] as const;
export type ZoneInfo = Record<(typeof ZONE_FIELDS)[number], number>;

/** What a frame of memory holds. */
export const FRAME_KINDS = [
  'free',
  'reserved',
  'kernel',
  'table',
  'kvm-table',
  'anonymous',
  'file',
  'hugetlb-free',
  'hugetlb-reserved',
  'hugetlb-used',
  'ksm',
  'swap-cache',
  'balloon',
] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** Kinds as a frame's record has them (engine/assembly/mm/page.ts). */
export const PAGE_KINDS = [
  'none',
  'free',
  'reserved',
  'kernel',
  'table',
  'kvm-table',
  'anonymous',
  'file',
  'hugetlb',
  'ksm',
  'tail',
  'balloon',
] as const;

/** The record of a frame. */
export interface PageRecord {
  kind: (typeof PAGE_KINDS)[number];
  order: number;
  flags: number;
  maps: number;
  owner: number;
  index: number;
  content: number;
  slot: number;
}
