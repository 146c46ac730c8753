import type { PageSize } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

const SIZES: Record<PageSize, string> = { '4K': '4 KiB', '2M': '2 MiB', '1G': '1 GiB' };

/** The words on the figure of what a TLB reaches. */
const en = {
  size: (page: PageSize): string => SIZES[page],
  title: (page: string, backing: string): string => `guest ${page}, host ${backing}`,
  guest: 'guest',
  host: 'host',
  buffer: (mib: string): string =>
    `A square is a buffer of ${mib} MiB; dark is what the TLB covers.`,
  covers: (covered: string, all: string): string => `${covered} of ${all} MiB`,
  reached: 'reached',
  entries: 'TLB entries',
  none: 'none',
  misses: 'misses',
  walk: 'read by a walk',
  tables: 'page tables',
  exits: 'exits',
  working: 'works now',
};
type ReachMessages = typeof en;

const zh: ReachMessages = {
  size: (page) => SIZES[page],
  title: (page, backing) => `客户机 ${page}，宿主机 ${backing}`,
  guest: '客户机',
  host: '宿主机',
  buffer: (mib) => `一个方块是 ${mib} MiB 的缓冲区，深色是 TLB 覆盖的部分。`,
  covers: (covered, all) => `${covered} / ${all} MiB`,
  reached: '覆盖',
  entries: 'TLB 表项',
  none: '无',
  misses: '未命中',
  walk: '一次遍历读',
  tables: '页表',
  exits: '退出',
  working: '正在工作',
};

export const reachMessages = (locale: Locale): ReachMessages => (locale === 'zh' ? zh : en);
