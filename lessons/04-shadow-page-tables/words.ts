import type { Locale } from '../schema.ts';

/** The words of this lesson's exercises. */

export interface Words {
  stores: (pages: number, stores: number, reads: number) => string;
  storePhases: [stores: string, load: string, reads: string];
  processes: (processes: number, pages: number) => string;
  processPhase: (name: string) => string;
  upper: (tables: number) => string;
  upperPhase: (n: number) => string;
  whose: (what: string) => string;
  acts: Record<Act, string>;
  faults: Record<Fault, string>;
  why: Record<Fault, string>;
  total: (count: number) => string;
  exits: string;
  pages: string;
  stored: string;
}

export type Act =
  'first-read' | 'second-read' | 'first-write' | 'no-entry' | 'read-only' | 'stale' | 'synced';
export type Fault = 'hidden' | 'guest' | 'none';

const en: Words = {
  stores: (pages, stores, reads) =>
    `A guest runs on shadow page tables. Its process has mapped ${pages} pages in one leaf table and written to each of them. Now its kernel\n\n1. points ${stores} of these entries at other frames, one store after the other, without INVLPG,\n2. loads CR3 with the same root,\n3. and its program reads ${reads} of the changed pages.\n\nHow many VM exits do these three cost together?`,
  storePhases: [
    'The stores. The first faults on the write-protected table and makes its shadow unsync; the table is writable after that.',
    'The CR3 load exits. KVM compares the unsync table and drops the entries whose frames have changed.',
    'The reads. Each dropped page faults once, and its leaf is made anew.',
  ],
  processes: (processes, pages) =>
    `A guest runs on shadow page tables. ${processes} processes are there, each with ${pages} mapped pages in a leaf table of its own; none of them has run. Now each writes to all of its pages, one process after the other.\n\nHow many shadow pages does KVM make for that (mmu_cache_miss)?`,
  processPhase: (name) =>
    `Process ${name}: shadows of its own root and of the tables below it, and of the kernel’s tables only where no other process has brought them.`,
  upper: (tables) =>
    `A guest runs on shadow page tables, and its process has used one page. Now its kernel maps ${tables} more pages, each in another 2 MiB region, so that each needs a new leaf table hung into the same table above.\n\nHow many of these stores does KVM emulate (mmu_pte_write)?`,
  upperPhase: (n) => `New leaf table ${n}`,
  whose: (what) =>
    `A guest runs on shadow page tables with no TLB in the picture. ${what} Which page fault does this access cause?`,
  acts: {
    'first-read': 'Its program reads a page that is mapped and was never touched.',
    'second-read': 'Its program reads a page that it has read before.',
    'first-write': 'Its program writes to a page that is mapped writable and was only read so far.',
    'no-entry': 'Its program reads a page that its kernel has not mapped.',
    'read-only': 'Its program writes to a page that its kernel has mapped read-only.',
    stale:
      'Its kernel has pointed the entry of a page in use at another frame and has not flushed anything. Its program reads that page.',
    synced:
      'Its kernel has pointed the entry of a page in use at another frame and has loaded CR3. Its program reads that page.',
  },
  faults: {
    hidden: 'a hidden fault: KVM repairs the shadow',
    guest: 'a fault of the guest’s own: KVM injects it',
    none: 'none',
  },
  why: {
    hidden:
      'KVM’s walk of the guest’s tables succeeds, so the guest has done nothing wrong: pf_fixed grows, pf_guest does not.',
    guest: 'KVM’s walk of the guest’s own tables ends in a fault: pf_guest grows.',
    none: 'The shadow has an entry that allows the access: no exit at all.',
  },
  total: (count) => `Together ${count}.`,
  exits: 'exits',
  pages: 'shadow pages',
  stored: 'stores',
};

const zh: Words = {
  stores: (pages, stores, reads) =>
    `客户机运行在影子页表上。它的进程在同一张末级页表里映射了 ${pages} 个页，并且每页都写过。现在，\n\n1. 内核把其中 ${stores} 个表项依次改指别的页框，不执行 INVLPG；\n2. 用同一个根加载 CR3；\n3. 程序读其中 ${reads} 个改过的页。\n\n这三步一共要多少次 VM 退出？`,
  storePhases: [
    '写入：第一次写入碰到写保护的页表，影子变成不同步；之后这张表可写。',
    '加载 CR3 退出一次：KVM 对一遍不同步的表，丢掉页框变了的表项。',
    '读：每个被丢掉的页缺页一次，重新建立末级表项。',
  ],
  processes: (processes, pages) =>
    `客户机运行在影子页表上。有 ${processes} 个进程，每个在自己的末级页表里映射了 ${pages} 个页，都还没有运行过。现在它们依次写自己的所有页。\n\nKVM 为此建立多少个影子页(mmu_cache_miss)？`,
  processPhase: (name) =>
    `进程 ${name}：它自己的根和下面各级表的影子；内核的表只有在别的进程还没带来时才需要。`,
  upper: (tables) =>
    `客户机运行在影子页表上，它的进程已用过一个页。现在内核再映射 ${tables} 个页，每个都在另一个 2 MiB 区域里，因此每个都要把一张新的末级页表挂到同一张上级表中。\n\n这些写入中，KVM 模拟了多少次(mmu_pte_write)？`,
  upperPhase: (n) => `第 ${n} 张新的末级页表`,
  whose: (what) => `客户机运行在影子页表上，不考虑 TLB。${what}这次访问引起哪种缺页异常？`,
  acts: {
    'first-read': '它的程序读一个已映射、但从未碰过的页。',
    'second-read': '它的程序读一个以前读过的页。',
    'first-write': '它的程序写一个映射为可写、但至今只读过的页。',
    'no-entry': '它的程序读一个内核没有映射的页。',
    'read-only': '它的程序写一个内核映射为只读的页。',
    stale: '内核把一个在用的页的表项改指别的页框，没有刷新任何东西。它的程序读这个页。',
    synced: '内核把一个在用的页的表项改指别的页框，并加载了 CR3。它的程序读这个页。',
  },
  faults: {
    hidden: '隐藏的缺页异常：KVM 补好影子',
    guest: '客户机自己的异常：KVM 把它注入',
    none: '没有异常',
  },
  why: {
    hidden: 'KVM 走客户机的页表成功，说明客户机没有做错：pf_fixed 增加，pf_guest 不变。',
    guest: 'KVM 走客户机自己的页表时遇到异常：pf_guest 增加。',
    none: '影子里有允许这次访问的表项：没有退出。',
  },
  total: (count) => `一共 ${count}。`,
  exits: '次',
  pages: '个',
  stored: '次',
};

export const WORDS: Record<Locale, Words> = { en, zh };
