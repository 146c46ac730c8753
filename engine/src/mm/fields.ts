/** What a kernel says of its memory, by the names under which Linux says it. */

/** Lines of /proc/meminfo, in KiB unless they count pages; then three that it does not have. */
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
