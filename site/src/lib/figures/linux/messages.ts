import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { Region } from './regions.ts';

/** The words of the page picker of the real guest. */
const en = {
  open: 'Load the guest’s tables',
  loading: 'Reading the tables…',
  source: (pages: string) => `${pages} pages are mapped, found by reading the tables themselves.`,
  region: 'Part of the address space',
  regions: {
    user: 'user process',
    kernel: 'direct map, vmalloc, vmemmap',
    entry: 'CPU entry area',
    espfix: 'espfix stacks',
    text: 'kernel image',
    modules: 'modules',
    fixmap: 'fixmap',
  } satisfies Record<Region, string>,
  page: 'Page',
  ofPages: (count: string) => `of ${count}`,
  address: 'or any address',
  another: 'Another page',
  rights: (user: boolean, write: boolean, execute: boolean) =>
    `${user ? 'user' : 'kernel'}, ${write ? 'writable' : 'read-only'}, ${execute ? 'executable' : 'not executable'}`,
  native: 'Walk it on bare metal',
  ept: 'Walk it as a guest, with EPT',
  npt: 'With NPT',
  bad: (text: string) => `“${text}” is no address. Hexadecimal digits after 0x would be right.`,
  nowhere: (text: string) =>
    `No page is mapped at ${text}. Walk it all the same: the guest gets a page fault.`,
};

export type LinuxMessages = typeof en;

const zh: LinuxMessages = {
  open: '载入这台客户机的页表',
  loading: '正在读页表…',
  source: (pages) => `共映射 ${pages} 页，由读页表本身得出。`,
  region: '地址空间的一部分',
  regions: {
    user: '用户进程',
    kernel: '直接映射、vmalloc、vmemmap',
    entry: 'CPU 入口区',
    espfix: 'espfix 栈',
    text: '内核映像',
    modules: '模块',
    fixmap: 'fixmap',
  },
  page: '页',
  ofPages: (count) => `共 ${count} 页`,
  address: '或任意地址',
  another: '换一页',
  rights: (user, write, execute) =>
    `${user ? '用户态' : '内核态'}，${write ? '可写' : '只读'}，${execute ? '可执行' : '不可执行'}`,
  native: '在裸机上遍历',
  ept: '作为客户机遍历，用 EPT',
  npt: '用 NPT',
  bad: (text) => `“${text}”不是地址。应为 0x 加十六进制数字。`,
  nowhere: (text) => `${text} 处没有映射页。仍可遍历：客户机会得到缺页异常。`,
};

export const linuxMessages = (locale: Locale): LinuxMessages => (locale === 'zh' ? zh : en);
