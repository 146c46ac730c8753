import type { Locale } from '../schema.ts';

/** The words of this lesson's exercises. */

export type Fate = 'nothing' | 'frame' | 'device' | 'guest-fault';

export interface Words {
  frames: (guests: number, mapped: number, touches: string) => string;
  touch: (guest: string, page: string) => string;
  alias: (page: string, other: string) => string;
  framesWhy: (touched: string[], count: number) => string;
  translate: (rows: string, header: [string, string, string], address: string) => string;
  noFrame: string;
  translateWhy: (gva: string, gpa: string, hpa: string, offset: string, sum: string) => string;
  fate: (what: string) => string;
  acts: Record<Fate, (page: string) => string>;
  fates: Record<Fate, string>;
  why: Record<Fate, string>;
  unit: string;
}

const en: Words = {
  frames: (guests, mapped, touches) =>
    `${guests === 1 ? 'A guest has' : `Each of ${guests} guests has`} mapped ${mapped} pages for a program, and nobody has touched them yet. Then, in this order:\n\n${touches}\n\nHow many frames of the host are behind all these pages at the end?`,
  touch: (guest, page) => `- the program of guest ${guest} writes to page ${page}`,
  alias: (page, other) =>
    `- a second program of guest a maps its page ${other} to the guest-physical page behind page ${page} of the first, and reads it`,
  framesWhy: (touched, count) =>
    `A frame comes with the first touch of a guest-physical page: ${touched.join(', ')}. Touching one again brings none, nor does another address of the same page. Together ${count}.`,
  translate: (rows, [gva, gpa, hpa], address) =>
    `A program of a guest uses these pages:\n\n| ${gva} | ${gpa} | ${hpa} |\n| --- | --- | --- |\n${rows}\n\nAt which host-physical address is the byte at guest virtual ${address}?`,
  noFrame: 'none yet',
  translateWhy: (gva, gpa, hpa, offset, sum) =>
    `Page ${gva} is guest-physical page ${gpa}, which lies in the frame at ${hpa}. The offset ${offset} is not translated: ${hpa} + ${offset} = ${sum}.`,
  fate: (what) => `A guest of 8 MiB runs on EPT. ${what} What happens?`,
  acts: {
    nothing: (page) => `Its program writes to page ${page}, to which it has written before.`,
    frame: (page) => `Its program writes for the first time to page ${page}, which is mapped.`,
    device: (page) =>
      `Its kernel has mapped page ${page} to guest-physical 0xc00000, and its program reads there.`,
    'guest-fault': (page) => `Its program reads page ${page}, which its kernel has not mapped.`,
  },
  fates: {
    nothing: 'no exit, and no new frame',
    frame: 'a VM exit, and a frame of the host',
    device: 'a VM exit to a device, and no frame',
    'guest-fault': 'a page fault in the guest, and no exit',
  },
  why: {
    nothing: 'Both translations are there. The processor does it alone.',
    frame:
      'The guest’s tables have an entry, EPT has none: an EPT violation, and KVM finds a frame.',
    device: 'No memslot holds that guest-physical address: KVM hands the access to QEMU.',
    'guest-fault':
      'The walk ends in the guest’s own tables. Under EPT that is the guest’s affair alone.',
  },
  unit: 'frames',
};

const zh: Words = {
  frames: (guests, mapped, touches) =>
    `${guests === 1 ? '一台客户机' : `${guests} 台客户机各自`}为一个程序映射了 ${mapped} 个页，还没有谁碰过。然后依次：\n\n${touches}\n\n最后，这些页背后一共有宿主机的多少个页框？`,
  touch: (guest, page) => `- 客户机 ${guest} 的程序写第 ${page} 页`,
  alias: (page, other) =>
    `- 客户机 a 的第二个程序把自己的第 ${other} 页映射到第一个程序第 ${page} 页背后的客户机物理页，并读它`,
  framesWhy: (touched, count) =>
    `客户机物理页第一次被碰到时得到页框：${touched.join('，')}。再碰一次不会多，同一页的另一个地址也不会。一共 ${count} 个。`,
  translate: (rows, [gva, gpa, hpa], address) =>
    `客户机的一个程序使用这些页：\n\n| ${gva} | ${gpa} | ${hpa} |\n| --- | --- | --- |\n${rows}\n\n客户机虚拟地址 ${address} 处的字节在宿主机物理地址的哪里？`,
  noFrame: '还没有',
  translateWhy: (gva, gpa, hpa, offset, sum) =>
    `第 ${gva} 页是客户机物理页 ${gpa}，在 ${hpa} 的页框里。偏移 ${offset} 不经过转换：${hpa} + ${offset} = ${sum}。`,
  fate: (what) => `一台 8 MiB 的客户机运行在 EPT 上。${what}会发生什么？`,
  acts: {
    nothing: (page) => `它的程序写第 ${page} 页，这页它以前写过。`,
    frame: (page) => `它的程序第一次写已经映射的第 ${page} 页。`,
    device: (page) => `它的内核把第 ${page} 页映射到客户机物理地址 0xc00000，程序去读。`,
    'guest-fault': (page) => `它的程序读第 ${page} 页，内核没有映射这一页。`,
  },
  fates: {
    nothing: '没有退出，也没有新的页框',
    frame: '一次 VM 退出，得到宿主机的一个页框',
    device: '一次交给设备的 VM 退出，没有页框',
    'guest-fault': '客户机里的缺页异常，没有退出',
  },
  why: {
    nothing: '两次转换都在，处理器自己完成。',
    frame: '客户机的页表里有表项，EPT 里没有：EPT 违例，KVM 找来一个页框。',
    device: '没有哪个内存槽包含这个客户机物理地址：KVM 把访问交给 QEMU。',
    'guest-fault': '遍历在客户机自己的页表里结束。用 EPT 时，这只是客户机自己的事。',
  },
  unit: '个',
};

export const WORDS: Record<Locale, Words> = { en, zh };
