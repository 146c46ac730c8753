import type { Locale } from '../schema.ts';

/** The words of this lesson's exercises. */

export type Happening = 'file' | 'program' | 'tmpfs' | 'dropped';

export interface Words {
  /** Lines of /proc/meminfo follow. */
  meminfo: string;
  column: (column: string) => string;
  rule: Readonly<Record<string, string>>;
  /** What the sum is in kB, and what `free -m` printed. */
  sum: (column: string, rule: string, kib: number, mib: number) => string;
  printed: string;
  drop: string;
  dropWhy: (parts: string, mib: number) => string;
  hosts: (hosts: number) => string;
  host: (name: string) => string;
  hostHead: string;
  hostsWhy: string;
  before: string;
  after: string;
  happened: string;
  happenings: Record<Happening, string>;
  why: Record<Happening, string>;
}

const en: Words = {
  meminfo: 'A host’s `/proc/meminfo` has these lines, among others:',
  column: (column) => `What does \`free -m\` print in the column ${column} of the row Mem?`,
  rule: {
    used: 'MemTotal − MemAvailable',
    'buff/cache': 'Buffers + Cached + SReclaimable',
    available: 'MemAvailable',
    shared: 'Shmem',
  },
  sum: (column, rule, kib, mib) =>
    `${column} is ${rule}, here ${kib} kB. \`free -m\` divides by 1024 and cuts: ${mib}.`,
  printed: 'What `free -m` printed there:',
  drop: 'Somebody types `sync; echo 1 > /proc/sys/vm/drop_caches`. By how many MiB does MemFree grow? (To 3 MiB.)',
  dropWhy: (parts, mib) =>
    `Pages of files go, but for those that are mapped and those that are in memory only: Buffers + Cached − Shmem − Mapped = ${parts}. SReclaimable stays, for 1 does not touch it. After the command MemFree was larger by ${mib}.`,
  hosts: (hosts) =>
    `${hosts} hosts of the same size. The numbers are MiB, from \`/proc/meminfo\`. Which of them is closest to having too little memory?`,
  host: (name) => `Host ${name}`,
  hostHead: 'Host',
  hostsWhy:
    'What counts is what new programs could have, the column available: free memory, and what of the cache can be given up. Memory of programs and files in a tmpfs cannot. What `free -m` says on each:',
  before: '`free -m`, first:',
  after: 'A moment later:',
  happened: 'What happened in between?',
  happenings: {
    file: 'A file was read from a disk.',
    program: 'A program wrote to memory of its own.',
    tmpfs: 'A file was written to /dev/shm.',
    dropped: 'Somebody wrote 3 to drop_caches.',
  },
  why: {
    file: 'buff/cache grew by as much as free fell, and available hardly moved: pages of a file, which can be given up.',
    program:
      'free and available fell by as much, and buff/cache stayed: memory that belongs to a program.',
    tmpfs:
      'shared and buff/cache grew, and available fell: pages in the cache that no disk has. They are files of a tmpfs.',
    dropped:
      'buff/cache fell, free grew by as much, and available hardly moved: it had been counted there before.',
  },
};

const zh: Words = {
  meminfo: '一台主机的 `/proc/meminfo` 里有这些行：',
  column: (column) => `\`free -m\` 的 Mem 一行里，${column} 一列显示多少？`,
  rule: en.rule,
  sum: (column, rule, kib, mib) =>
    `${column} 就是 ${rule}，这里是 ${kib} kB。\`free -m\` 除以 1024 再截断：${mib}。`,
  printed: '那里的 `free -m` 输出：',
  drop: '有人输入 `sync; echo 1 > /proc/sys/vm/drop_caches`。MemFree 增加多少 MiB？(误差不超过 3 MiB。)',
  dropWhy: (parts, mib) =>
    `文件的页走了，但被映射的和只在内存里的留下：Buffers + Cached − Shmem − Mapped = ${parts}。SReclaimable 留着，1 不碰它。命令执行之后，MemFree 多了 ${mib}。`,
  hosts: (hosts) =>
    `${hosts} 台主机内存一样大。数字取自 \`/proc/meminfo\`，单位 MiB。哪一台最接近内存不够？`,
  host: (name) => `主机 ${name}`,
  hostHead: '主机',
  hostsWhy:
    '要看新程序还能拿到多少，也就是 available 一列：空闲的，加上缓存里可以交出的。程序的内存和 tmpfs 里的文件交不出来。各台的 `free -m`：',
  before: '先是这样的 `free -m`：',
  after: '过了一会儿：',
  happened: '这中间发生了什么？',
  happenings: {
    file: '从磁盘读了一个文件。',
    program: '一个程序写了自己的内存。',
    tmpfs: '往 /dev/shm 写了一个文件。',
    dropped: '有人往 drop_caches 写了 3。',
  },
  why: {
    file: 'buff/cache 增加的正是 free 减少的，available 几乎没动：这是可以交出的文件页。',
    program: 'free 和 available 减少得一样多，buff/cache 没动：内存归了一个程序。',
    tmpfs: 'shared 和 buff/cache 增加，available 减少：页在缓存里，磁盘上却没有，是 tmpfs 的文件。',
    dropped: 'buff/cache 减少，free 增加同样多，available 几乎没动：丢掉的本来就算在它里面。',
  },
};

export const WORDS: Record<Locale, Words> = { en, zh };
