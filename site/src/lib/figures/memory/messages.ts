import type { FreeColumn, MemoryPart } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words on the picture of a host's memory. */

interface PartWords {
  /** What is in it. */
  what: string;
  /** Which lines of /proc/meminfo it is. */
  formula: string;
  source: string;
}

const LINES: Record<MemoryPart, string> = {
  rest: 'MemTotal − Σ',
  Percpu: 'Percpu',
  KernelStack: 'KernelStack',
  SUnreclaim: 'SUnreclaim',
  SecPageTables: 'SecPageTables',
  PageTables: 'PageTables',
  Hugetlb: 'Hugetlb',
  AnonPages: 'AnonPages',
  Shmem: 'Shmem',
  MemFree: 'MemFree',
  Buffers: 'Buffers',
  Cached: 'Cached − Shmem',
  SReclaimable: 'SReclaimable',
};

const SHOWN = 'Linux 6.1, fs/proc/meminfo.c meminfo_proc_show()';
const FREE = 'procps-ng 4.0.2, library/meminfo.c';
const ESTIMATE = 'Linux 6.1, mm/page_alloc.c si_mem_available()';

const parts = (words: Record<MemoryPart, string>): Record<MemoryPart, PartWords> =>
  Object.fromEntries(
    Object.entries(words).map(([part, what]) => [
      part,
      { what, formula: LINES[part as MemoryPart], source: SHOWN },
    ]),
  ) as Record<MemoryPart, PartWords>;

const en = {
  figure: 'The host’s memory, as /proc/meminfo cuts it',
  ram: 'RAM',
  swap: 'Swap',
  noSwap: 'This host has no swap.',
  screen: 'The line that was typed, and what it printed',
  start: 'The host has booted. Nothing was typed yet.',
  typed: (line: string) => `Typed: ${line}`,
  silent: '(it printed nothing)',
  blind:
    'Nobody can read /proc/meminfo now. The memory is still there; free and this figure are blind.',
  unchanged: 'No part of memory changed by a MiB.',
  changes: (list: string) => `Since the line before: ${list}.`,
  inUse: 'In use',
  unused: 'Free',
  kept: 'Kept, and given up when needed',
  columns: 'Columns of free',
  parts: 'Parts of memory',
  total: (value: string) => `MemTotal ${value}`,
  available: 'MemAvailable',
  notAvailable: 'used',
  hint: 'Point at a part or a column: what it is, how it is computed, who says so.',
  source: 'Source',
  names: { rest: 'in no line', Cached: 'Cached − Shmem' } as Partial<Record<MemoryPart, string>>,
  partWords: parts({
    rest: 'Pages that the kernel took straight from its allocator. No line of /proc/meminfo counts them.',
    Percpu: 'The kernel’s variables of which each processor has its own.',
    KernelStack: 'A stack in the kernel for every thread.',
    SUnreclaim: 'The kernel’s own objects that it cannot give up.',
    SecPageTables: 'Page tables of KVM: EPT, NPT or shadow tables.',
    PageTables: 'Page tables of processes.',
    Hugetlb: 'The pool of huge pages, used or not.',
    AnonPages: 'Memory of programs that is no file’s: heaps and stacks that were touched.',
    Shmem:
      'Files in memory only (tmpfs), and memory that programs share. A part of Cached that no disk has.',
    MemFree: 'Frames that hold nothing at all.',
    Buffers:
      'Page cache of disks read as disks: blocks of devices and of file systems’ own records.',
    Cached: 'Page cache of files on disks: what was read, and what was written.',
    SReclaimable:
      'The kernel’s own objects that it can give up, names and inodes of files above all.',
  }),
  columnWords: {
    total: 'All memory that the kernel manages.',
    used: 'What new programs could not have.',
    free: 'Frames that hold nothing at all.',
    shared: 'Files in memory only, and memory that programs share.',
    'buff/cache':
      'Everything that is a cache by its name. Not all of it can be dropped: Shmem is in it.',
    available: 'The kernel’s estimate of what new programs could have without swapping.',
  } as Record<FreeColumn, string>,
  sources: {
    total: FREE,
    used: FREE,
    free: FREE,
    shared: FREE,
    'buff/cache': FREE,
    available: ESTIMATE,
  } as Record<FreeColumn, string>,
  swapWords: (used: string, total: string) => `${used} of ${total} in use`,
  own: 'Type a line of your own',
  ownHint: 'The host goes on from here with your line.',
  type: 'Type',
  badLink: 'The lines of this link cannot be read.',
};
export type MemoryMessages = typeof en;

const zh: MemoryMessages = {
  figure: '宿主机的内存，按 /proc/meminfo 的行来切分',
  ram: '内存',
  swap: '交换空间',
  noSwap: '这台主机没有交换空间。',
  screen: '输入的命令和它的输出',
  start: '主机已经启动，还没有输入任何命令。',
  typed: (line) => `输入：${line}`,
  silent: '(没有输出)',
  blind: '现在没有人读得到 /proc/meminfo。内存还在，free 和这张图却都看不见了。',
  unchanged: '没有哪一部分的变化达到 1 MiB。',
  changes: (list) => `与上一行相比：${list}。`,
  inUse: '在用',
  unused: '空闲',
  kept: '留着，需要时交出',
  columns: 'free 的各列',
  parts: '内存的各部分',
  total: (value) => `MemTotal ${value}`,
  available: 'MemAvailable',
  notAvailable: 'used',
  hint: '指向某一部分或某一列：它是什么，怎么算出来，依据是什么。',
  source: '出处',
  names: { rest: '不在任何一行', Cached: 'Cached − Shmem' },
  partWords: parts({
    rest: '内核直接从页分配器拿走的页，/proc/meminfo 没有一行统计它们。',
    Percpu: '每个处理器各有一份的内核变量。',
    KernelStack: '每个线程在内核里的栈。',
    SUnreclaim: '内核自己的对象，不能交出。',
    SecPageTables: 'KVM 的页表：EPT、NPT 或影子页表。',
    PageTables: '进程的页表。',
    Hugetlb: '大页池，不管用没用。',
    AnonPages: '程序自己的、不属于任何文件的内存：碰过的堆和栈。',
    Shmem: '只在内存里的文件(tmpfs)，以及程序之间共享的内存。它算在 Cached 里，但磁盘上没有。',
    MemFree: '什么都没放的页框。',
    Buffers: '把磁盘当磁盘读时的页缓存：设备的块，以及文件系统自己的记录。',
    Cached: '磁盘文件的页缓存：读过的和写过的。',
    SReclaimable: '内核自己的、可以交出的对象，主要是文件名和 inode。',
  }),
  columnWords: {
    total: '内核管理的全部内存。',
    used: '新程序拿不到的部分。',
    free: '什么都没放的页框。',
    shared: '只在内存里的文件，以及程序之间共享的内存。',
    'buff/cache': '名义上的缓存都算进来。并非都能丢：Shmem 也在里面。',
    available: '内核的估计：不动用交换空间，新程序还能拿到多少。',
  },
  sources: en.sources,
  swapWords: (used, total) => `${total} 中已用 ${used}`,
  own: '自己输入一行',
  ownHint: '主机从这里接着执行你的命令。',
  type: '输入',
  badLink: '读不懂这个链接里的命令。',
};

export const memoryMessages = (locale: Locale): MemoryMessages => (locale === 'zh' ? zh : en);
