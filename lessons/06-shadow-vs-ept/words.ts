import type { RaceMode } from '@pagewalk/engine';
import type { Locale } from '../schema.ts';

/** The words of the exercises on what work costs. */

interface Counted {
  misses: number;
  refs: number;
  exits: number;
  extra: number;
}

const n = (value: number): string => String(value);
const times = (count: number, cost: number): string => `${count} × ${cost} = ${count * cost}`;

const en = {
  modes: { shadow: 'shadow page tables', ept: 'EPT' } satisfies Record<RaceMode, string>,
  cycles: 'cycles',
  table: (shadow: Counted, ept: Counted): string =>
    [
      'Two machines did the same work. This was counted:',
      '',
      '| machine | TLB misses | entries read by walks | exits |',
      '| --- | --- | --- | --- |',
      `| shadow page tables | ${shadow.misses} | ${shadow.refs} | ${shadow.exits} |`,
      `| EPT | ${ept.misses} | ${ept.refs} | ${ept.exits} |`,
    ].join('\n'),
  prices: (reference: number, exit: number): string =>
    `An entry that a walk reads costs ${reference} cycles, an exit ${exit}.`,
  perReference: (reference: number): string =>
    `An entry that a walk reads costs ${reference} cycles.`,
  whichFaster: 'Which machine spent fewer cycles on walks and exits?',
  howMany: (mode: string): string =>
    `How many cycles did the machine with ${mode} spend on walks and exits together?`,
  breakEven:
    'From which cost of an exit on, in whole cycles, is EPT the faster one? Give the cost at which both are equal, rounded down.',
  perWalk: (mode: string, accesses: number, refs: number, misses: number): string =>
    `In ${accesses} accesses with ${mode}, ${misses} missed the TLB, and the walks read ${refs} entries. How many entries did one walk read?`,
  weigh: (shadow: Counted, ept: Counted, reference: number, exit: number, answer: string): string =>
    [
      `- shadow page tables: ${times(shadow.refs, reference)} for walks, ${times(shadow.exits, exit)} for exits, ${n(shadow.extra)} in all`,
      `- EPT: ${times(ept.refs, reference)} for walks, ${times(ept.exits, exit)} for exits, ${n(ept.extra)} in all`,
      '',
      `Fewer cycles: ${answer}.`,
    ].join('\n'),
  sum: (refs: number, reference: number, exits: number, exit: number, total: number): string =>
    `Walks: ${times(refs, reference)}. Exits: ${times(exits, exit)}. Together ${total}.`,
  breakEvenWhy: (saved: number, more: number, cost: number): string =>
    `The walks of EPT cost ${saved} cycles more. Shadow paging made ${more} more exits. They weigh the same where an exit costs ${saved} / ${more} cycles: rounded down, ${cost}.`,
  perWalkWhy: (refs: number, misses: number, walk: number, mode: RaceMode): string =>
    mode === 'shadow'
      ? `${refs} / ${misses} = ${walk}: the shadow has four levels, and a walk reads one entry of each.`
      : `${refs} / ${misses} = ${walk}: four guest entries, and before each of them, and for the page itself, four entries of EPT. 4 + 5 × 4.`,
};

type Words = typeof en;

const zh: Words = {
  modes: { shadow: '影子页表', ept: 'EPT' },
  cycles: '周期',
  table: (shadow, ept) =>
    [
      '两台机器做了同样的工作，计数如下：',
      '',
      '| 机器 | TLB 未命中 | 遍历读的项 | 退出 |',
      '| --- | --- | --- | --- |',
      `| 影子页表 | ${shadow.misses} | ${shadow.refs} | ${shadow.exits} |`,
      `| EPT | ${ept.misses} | ${ept.refs} | ${ept.exits} |`,
    ].join('\n'),
  prices: (reference, exit) => `遍历读一项花 ${reference} 周期，一次退出花 ${exit} 周期。`,
  perReference: (reference) => `遍历读一项花 ${reference} 周期。`,
  whichFaster: '哪一台在遍历和退出上花的周期更少？',
  howMany: (mode) => `用${mode}的那一台，遍历和退出一共花了多少周期？`,
  breakEven: '一次退出贵到多少周期时，EPT 开始更快？给出两者相等时的代价，向下取整。',
  perWalk: (mode, accesses, refs, misses) =>
    `用${mode}，${accesses} 次访问里有 ${misses} 次 TLB 未命中，遍历一共读了 ${refs} 项。一次遍历读几项？`,
  weigh: (shadow, ept, reference, exit, answer) =>
    [
      `- 影子页表：遍历 ${times(shadow.refs, reference)}，退出 ${times(shadow.exits, exit)}，共 ${n(shadow.extra)}`,
      `- EPT：遍历 ${times(ept.refs, reference)}，退出 ${times(ept.exits, exit)}，共 ${n(ept.extra)}`,
      '',
      `周期更少的是：${answer}。`,
    ].join('\n'),
  sum: (refs, reference, exits, exit, total) =>
    `遍历：${times(refs, reference)}。退出：${times(exits, exit)}。一共 ${total}。`,
  breakEvenWhy: (saved, more, cost) =>
    `EPT 的遍历多花 ${saved} 周期，影子页表多退出 ${more} 次。一次退出花 ${saved} / ${more} 周期时两者相等，向下取整是 ${cost}。`,
  perWalkWhy: (refs, misses, walk, mode) =>
    mode === 'shadow'
      ? `${refs} / ${misses} = ${walk}：影子页表有四级，一次遍历每级读一项。`
      : `${refs} / ${misses} = ${walk}：客户机页表四项，读每一项之前、以及最后那一页，都要先读四项 EPT。4 + 5 × 4。`,
};

export type { Words };
export const WORDS: Record<Locale, Words> = { en, zh };
