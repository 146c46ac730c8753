import type { CostName, RaceMode, RaceParameter } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words on the figure of two machines that do the same work. */
const en = {
  figure: 'Two machines, the same work',
  modes: { shadow: 'Shadow page tables', ept: 'EPT' } satisfies Record<RaceMode, string>,
  parts: { accesses: 'accesses', walks: 'walks', exits: 'exits', faults: 'guest faults' },
  soFar: 'Cycles so far',
  total: (cycles: string): string => `${cycles} cycles`,
  rate: (cycles: string): string => `${cycles} an access`,
  overTime: 'Cycles per access, slice by slice',
  slice: (slice: number, all: number): string => `Slice ${slice} of ${all}`,
  nothing: 'Both machines have touched all their pages once. Step forward to let them work.',
  firstTouch: (pages: string, shadow: string, ept: string): string =>
    `Before the start, the first touch of ${pages} pages: ${shadow} exits with shadow page tables, ${ept} with EPT.`,
  waiting: 'Answer, and the curve is drawn.',
  work: 'The work',
  parameters: {
    pages: 'working set',
    hot: 'accesses to the hot tenth',
    updates: 'entries changed',
    processes: 'processes',
    exit: 'cost of an exit',
  } satisfies Record<RaceParameter, string>,
  size: (bytes: string): string => bytes,
  percent: (value: number): string => `${value} %`,
  perThousand: (value: string): string => `${value} in 1,000 accesses`,
  cycles: (value: string): string => `${value} cycles`,
  page: 'pages of guest and host',
  curve: (parameter: string): string =>
    `Cycles per access against ${parameter}, on a logarithmic scale`,
  crossing: (value: string): string => `equal at ${value}`,
  now: 'now',
  noCrossing: (mode: string): string => `${mode} is ahead all the way.`,
  costs: 'What things cost, in cycles',
  cost: {
    access:
      'an access: a hit in the first-level data cache, its translation in the first-level TLB',
    tlbL2Hit: 'more, when the second-level TLB has the translation',
    walkReference: 'an entry that a walk reads, found in the second-level data cache',
    exit: 'a VM exit and the entry after it; the work of the handler is not in it',
    guestFault: 'a page fault that the guest’s own kernel gets, and its return',
  } satisfies Record<CostName, string>,
  costSource: 'source',
  costReset: 'The model’s own again',
  badCost: (value: string): string =>
    `“${value}” is no cost. A whole number of cycles from 0 to 1,000,000 would be.`,
};

type RaceMessages = typeof en;

const zh: RaceMessages = {
  figure: '两台机器，同样的工作',
  modes: { shadow: '影子页表', ept: 'EPT' },
  parts: { accesses: '访问', walks: '页表遍历', exits: '退出', faults: '客户机缺页' },
  soFar: '到此为止的周期数',
  total: (cycles) => `${cycles} 周期`,
  rate: (cycles) => `每次访问 ${cycles}`,
  overTime: '每次访问的周期数，逐段',
  slice: (slice, all) => `第 ${slice} 段，共 ${all} 段`,
  nothing: '两台机器的每一页都已访问过一次。前进一步，让它们开始工作。',
  firstTouch: (pages, shadow, ept) =>
    `开始之前，首次访问 ${pages} 页：影子页表退出 ${shadow} 次，EPT 退出 ${ept} 次。`,
  waiting: '回答之后才画曲线。',
  work: '工作',
  parameters: {
    pages: '工作集',
    hot: '落在最热十分之一的访问',
    updates: '修改页表项',
    processes: '进程数',
    exit: '一次退出的代价',
  },
  size: (bytes) => bytes,
  percent: (value) => `${value} %`,
  perThousand: (value) => `每千次访问 ${value} 项`,
  cycles: (value) => `${value} 周期`,
  page: '客户机与宿主机的页',
  curve: (parameter) => `每次访问的周期数（对数刻度），随“${parameter}”变化`,
  crossing: (value) => `${value}时相等`,
  now: '当前',
  noCrossing: (mode) => `${mode}始终领先。`,
  costs: '各项代价（周期）',
  cost: {
    access: '一次访问：数据在一级缓存，转换在一级 TLB',
    tlbL2Hit: '转换在二级 TLB 时另加',
    walkReference: '遍历读一个页表项，该项在二级缓存',
    exit: '一次 VM 退出和随后的进入，不含处理程序本身的工作',
    guestFault: '一次送到客户机自己内核的缺页，含返回',
  },
  costSource: '来源',
  costReset: '恢复模型的数值',
  badCost: (value) => `“${value}”不是代价。请填 0 到 1,000,000 的整数周期数。`,
};

export const raceMessages = (locale: Locale): RaceMessages => (locale === 'zh' ? zh : en);
