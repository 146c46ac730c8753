import type { Locale } from '../schema.ts';

/** The words of the exercises on page sizes. */

const SIZE: Record<string, string> = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' };
const size = (page: string): string => SIZE[page] ?? page;

const en = {
  walk: (mib: number, page: string, backing: string): string =>
    `A guest maps a buffer of ${mib} MiB with ${size(page)} pages. The host backs it with ${size(backing)} pages, under EPT with four levels. How many entries does a walk for an address of the buffer read?`,
  walkWhy: (guest: number, host: number, refs: number): string =>
    `A walk reads ${guest} entries of the guest and ${host} of EPT for each address that it has to translate. Before each guest entry its own address is translated by EPT, and the page at the end as well. EPT maps the guest’s tables with pages of its own size, so ${guest} + ${guest + 1} × ${host} = ${refs}.`,
  reach: (mib: number, page: string, backing: string): string =>
    `A guest maps a buffer of ${mib} MiB with ${size(page)} pages, the host backs it with ${size(backing)} pages. The second level of the TLB holds 1,536 translations. The program reads the whole buffer, page by page. How many translations of the buffer does the TLB hold then?`,
  reachWhy: (held: string, needed: number, entries: number): string =>
    needed === entries
      ? `The smaller of the two sizes is what the TLB keeps: ${size(held)}. The buffer needs ${needed} of these, and there is room for all: ${entries}.`
      : `The smaller of the two sizes is what the TLB keeps: ${size(held)}. The buffer needs ${needed} of these. The second level holds ${entries}, the last ones read; the first level has some of the same.`,
  tables: (mib: number, page: string): string =>
    `A process maps ${mib} MiB that begin at 0x40000000 with ${size(page)} pages, and nothing else. Four levels; a table has 4 KiB. How much memory do its page tables take, its level-4 table counted, the kernel’s own half not?`,
  tablesWhy: (tables: number, page: string, leafTables: number): string =>
    page === '4K'
      ? `One table at level 4, one at level 3, one at level 2, and a level-1 table for each 2 MiB: ${leafTables}. Together ${tables} tables, ${tables * 4} KiB.`
      : `One table at level 4, one at level 3 and one at level 2, whose entries are the pages themselves: ${tables} tables, ${tables * 4} KiB.`,
  pool: (
    total: number,
    memory: number,
    free: number,
    reserved: number,
    touched: number,
    field: string,
  ): string =>
    `A host has ${total} huge pages of 2 MiB. A guest with ${memory} MiB starts on them. /proc/meminfo says HugePages_Free ${free}, HugePages_Rsvd ${reserved}. The guest then touches ${touched} MiB that it never touched before, a whole number of huge pages. What does ${field} say?`,
  poolWhy: (pages: number, free: number, reserved: number): string =>
    `The touch takes ${pages} pages that were reserved for this guest. Each leaves the free pages and the reservation alike: HugePages_Free ${free}, HugePages_Rsvd ${reserved}.`,
};

type Words = typeof en;

const zh: Words = {
  walk: (mib, page, backing) =>
    `客户机用 ${size(page)} 的页映射一个 ${mib} MiB 的缓冲区，宿主机用 ${size(backing)} 的页做后备，四级 EPT。遍历缓冲区中的一个地址要读几项？`,
  walkWhy: (guest, host, refs) =>
    `一次遍历读客户机的 ${guest} 项，每个要转换的地址再读 EPT 的 ${host} 项。读客户机每一项之前要先用 EPT 转换它的地址，最后那一页也要转换。EPT 用同样大小的页映射客户机的页表，所以是 ${guest} + ${guest + 1} × ${host} = ${refs}。`,
  reach: (mib, page, backing) =>
    `客户机用 ${size(page)} 的页映射一个 ${mib} MiB 的缓冲区，宿主机用 ${size(backing)} 的页做后备。二级 TLB 容纳 1,536 个转换。程序逐页读完整个缓冲区。此时 TLB 里有缓冲区的几个转换？`,
  reachWhy: (held, needed, entries) =>
    needed === entries
      ? `TLB 保存的是两种大小中较小的一种：${size(held)}。缓冲区需要 ${needed} 个，全装得下：${entries}。`
      : `TLB 保存的是两种大小中较小的一种：${size(held)}。缓冲区需要 ${needed} 个，二级 TLB 装下最后读的 ${entries} 个，一级里的是其中一部分。`,
  tables: (mib, page) =>
    `一个进程从 0x40000000 起用 ${size(page)} 的页映射 ${mib} MiB，别无其他。四级页表，一张表 4 KiB。它的页表占多少内存？第 4 级的表算在内，内核那一半不算。`,
  tablesWhy: (tables, page, leafTables) =>
    page === '4K'
      ? `第 4、3、2 级各一张表，每 2 MiB 一张第 1 级的表：${leafTables} 张。一共 ${tables} 张，${tables * 4} KiB。`
      : `第 4、3、2 级各一张表，第 2 级的项就是页本身：${tables} 张，${tables * 4} KiB。`,
  pool: (total, memory, free, reserved, touched, field) =>
    `宿主机有 ${total} 个 2 MiB 的大页。一台 ${memory} MiB 的客户机用大页启动，/proc/meminfo 显示 HugePages_Free ${free}，HugePages_Rsvd ${reserved}。客户机随后访问从未用过的 ${touched} MiB，正好是整数个大页。${field} 是多少？`,
  poolWhy: (pages, free, reserved) =>
    `这次访问用掉为它预留的 ${pages} 页。每一页同时离开空闲页和预留：HugePages_Free ${free}，HugePages_Rsvd ${reserved}。`,
};

export type { Words };
export const WORDS: Record<Locale, Words> = { en, zh };
