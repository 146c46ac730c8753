import type { Locale } from '../schema.ts';

/** The words of this lesson's exercises. */

export type Removal = 'invlpg' | 'cr3' | 'discard' | 'nothing';

export interface Words {
  small: string;
  sequence: (pages: string) => string;
  access: (page: string, how: 'l1' | 'l2' | 'miss') => string;
  turns: (guests: number, pages: number, rounds: number, vpid: boolean) => string;
  turn: (guest: string) => string;
  removal: (pages: number, what: string) => string;
  removals: Record<Removal, (page: string) => string>;
  readAgain: string;
  set: (address: string) => string;
  setWhy: (page: string, set: number) => string;
  total: (count: number) => string;
  misses: string;
}

const SMALL_EN =
  'A TLB has a first level of 8 entries for 4 KiB pages, 2 ways to a set, and a second level of 32 entries, 4 ways to a set. In each set the entry used longest ago makes room. The low bits of the page number choose the set.';
const SMALL_ZH =
  'TLB 的第一级有 8 项(4 KiB 页)，每组 2 路；第二级有 32 项，每组 4 路。每组里最久没用的一项让位。页号的低位选组。';

const en: Words = {
  small: SMALL_EN,
  sequence: (pages) =>
    `It is empty. A program reads these pages, one after the other:\n\n${pages}\n\nHow many of the reads miss in the first level?`,
  access: (page, how) =>
    `Page ${page}: ${{ l1: 'a hit in the first level', l2: 'a hit in the second level', miss: 'a miss in both, and a walk' }[how]}`,
  turns: (guests, pages, rounds, vpid) =>
    `${guests} guests take turns on one processor ${vpid ? 'with VPID' : 'without VPID'}. In each turn a guest reads the same ${pages} pages of its own. The TLB is empty at first, and there is room for all.\n\nHow many misses do ${rounds} rounds make in all?`,
  turn: (guest) => `Guest ${guest}`,
  removal: (pages, what) =>
    `A program of a guest with EPT and VPID, without PCID, has read ${pages} pages, and all are in the TLB. ${what} Then it reads all ${pages} pages again.\n\nHow many misses?`,
  removals: {
    invlpg: (page) => `The guest’s kernel executes INVLPG for page ${page}.`,
    cr3: () => 'The guest’s kernel loads CR3 with the same value. No page is global.',
    discard: (page) =>
      `The host takes the frame behind a page of the guest away that the program does not use, and executes INVEPT. (Page ${page} is not concerned.)`,
    nothing: (page) =>
      `The guest’s kernel reads the page table that maps page ${page}, and changes nothing.`,
  },
  readAgain: 'The reads',
  set: (address) =>
    `A program reads from address ${address}. Into which set of the first level does the translation go?`,
  setWhy: (page, set) =>
    `The page number is ${page}. There are 4 sets, so its two lowest bits choose: set ${set}.`,
  total: (count) => `Together ${count}.`,
  misses: 'misses',
};

const zh: Words = {
  small: SMALL_ZH,
  sequence: (pages) =>
    `TLB 是空的。程序依次读这些页：\n\n${pages}\n\n其中有多少次在第一级没有命中？`,
  access: (page, how) =>
    `页 ${page}：${{ l1: '第一级命中', l2: '第二级命中', miss: '两级都未命中，要遍历' }[how]}`,
  turns: (guests, pages, rounds, vpid) =>
    `${guests} 台客户机在同一个处理器上轮流运行，${vpid ? '有 VPID' : '没有 VPID'}。每次轮到时，客户机读自己的同样 ${pages} 个页。TLB 开始是空的，位置够用。\n\n${rounds} 轮一共有多少次未命中？`,
  turn: (guest) => `客户机 ${guest}`,
  removal: (pages, what) =>
    `客户机使用 EPT 和 VPID，没有 PCID。它的程序读过 ${pages} 个页，都在 TLB 里。${what}然后程序把这 ${pages} 个页再读一遍。\n\n有多少次未命中？`,
  removals: {
    invlpg: (page) => `客户机内核对页 ${page} 执行 INVLPG。`,
    cr3: () => '客户机内核用同一个值加载 CR3，没有全局页。',
    discard: (page) =>
      `宿主机拿走客户机里一个这个程序没有用到的页背后的页框，并执行 INVEPT。(与页 ${page} 无关。)`,
    nothing: (page) => `客户机内核读了映射页 ${page} 的页表，什么也没改。`,
  },
  readAgain: '再读一遍',
  set: (address) => `程序读地址 ${address}。这个转换放进第一级的哪一组？`,
  setWhy: (page, set) => `页号是 ${page}。一共 4 组，由它的最低两位选择：第 ${set} 组。`,
  total: (count) => `一共 ${count}。`,
  misses: '次',
};

export const WORDS: Record<Locale, Words> = { en, zh };
