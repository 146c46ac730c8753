import { hex } from '@pagewalk/engine';
import type { Action, Happening } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

/** What a step of a running scenario did, in sentences; one for each thing that a reader can name. */

/** The kernel's window: what it does there is how it works, not what it does. */
const WINDOW = 0xffff_8880_0000_0000n;

const FLUSH_EN: Record<number, (h: Happening) => string> = {
  1: (h) => `KVM flushes all translations tagged ${h.a}.`,
  2: (h) => `KVM flushes everything made under the nested root ${hex(h.a)} (INVEPT).`,
  3: (h) => `The translation of ${hex(h.a)} leaves the TLB.`,
  4: (h) => `MOV to CR3 empties the TLB of everything not global under PCID ${h.a}.`,
  5: () => 'Without a VPID of its own the guest loses its translations at this exit.',
};
const FLUSH_ZH: Record<number, (h: Happening) => string> = {
  1: (h) => `KVM 刷新标签为 ${h.a} 的全部转换。`,
  2: (h) => `KVM 刷新在嵌套根 ${hex(h.a)} 之下建立的一切(INVEPT)。`,
  3: (h) => `${hex(h.a)} 的转换离开 TLB。`,
  4: (h) => `MOV 到 CR3：PCID ${h.a} 之下的非全局转换全部清空。`,
  5: () => '客户机没有自己的 VPID，这次退出使它失去全部转换。',
};

const EXIT_EN: Record<string, (h: Happening) => string> = {
  'page-fault': (h) => `VM exit: a page fault at ${hex(h.a)}, error code ${hex(h.b)}.`,
  'nested-fault': (h) => `VM exit: guest-physical ${hex(h.a)} is not mapped for this access.`,
  cr3: () => 'VM exit: the guest loads CR3.',
  cr4: () => 'VM exit: the guest writes CR4.',
  invlpg: (h) => `VM exit: the guest executes INVLPG for ${hex(h.a)}.`,
  device: (h) => `VM exit: ${hex(h.a)} is no memory.`,
};
const EXIT_ZH: Record<string, (h: Happening) => string> = {
  'page-fault': (h) => `VM 退出：${hex(h.a)} 处缺页异常，错误码 ${hex(h.b)}。`,
  'nested-fault': (h) => `VM 退出：客户机物理地址 ${hex(h.a)} 还没有供这次访问的映射。`,
  cr3: () => 'VM 退出：客户机装载 CR3。',
  cr4: () => 'VM 退出：客户机写 CR4。',
  invlpg: (h) => `VM 退出：客户机对 ${hex(h.a)} 执行 INVLPG。`,
  device: (h) => `VM 退出：${hex(h.a)} 处没有内存。`,
};

const KINDS_EN = ['reads', 'writes', 'fetches from'];
const KINDS_ZH = ['读', '写', '取指于'];
const SIZES = ['4K', '2M', '1G'];

type Say = (h: Happening) => string | null;

const EN: Partial<Record<Happening['type'], Say>> = {
  access: (h) => `The program ${KINDS_EN[h.extra] ?? ''} ${hex(h.a)}.`,
  'tlb-hit': (h) =>
    `A hit in the L${h.level} TLB: a ${SIZES[h.extra] ?? ''} entry gives ${hex(h.b)}, without a walk.`,
  'tlb-miss': (h) => `A miss: no entry of the TLB serves ${hex(h.a)}.`,
  walk: (h) => (h.level === 0 ? `The walk of ${h.extra} reads ends at ${hex(h.b)}.` : null),
  'walk-cache': (h) =>
    `A paging-structure cache had the level ${h.level} entry: the walk begins below.`,
  exit: (h) => EXIT_EN[h.reason ?? '']?.(h) ?? null,
  map: (h) => `KVM fills in the entry at ${hex(h.a)}: guest frame ${hex(h.c)} is mapped.`,
  prefetch: (h) => `While there, it fills in a neighbour, guest frame ${hex(h.c)}, unasked.`,
  link: (h) => `KVM links a table of its own into level ${h.level}.`,
  drop: (h) => `The entry at ${hex(h.a)} for guest frame ${hex(h.c)} is taken out.`,
  'write-protect': (h) => `Guest frame ${hex(h.c)} loses write access: it holds a table.`,
  'shadow-new': (h) =>
    `A shadow page for the guest's table ${hex(h.c * 4096n)} at level ${h.level} is made.`,
  'shadow-zap': (h) => `The shadow of table ${hex(h.c * 4096n)}, level ${h.level}, is given up.`,
  unsync: (h) =>
    `Table ${hex(h.c * 4096n)} goes out of sync: the guest may now write it without exits.`,
  sync: (h) => `KVM compares table ${hex(h.c * 4096n)} with its shadow, entry by entry.`,
  emulate: (h) => `KVM carries the store to ${hex(h.a)} out for the guest.`,
  'guest-fault': (h) =>
    `The guest's kernel gets the page fault: ${hex(h.a)}, error code ${hex(h.b)}.`,
  populate: (h) =>
    h.extra === 1
      ? `The host shows its zero page behind guest frame ${hex(h.c)}.`
      : `The host puts frame ${hex(h.b)} behind guest frame ${hex(h.c)}.`,
  discard: (h) => `The host takes frame ${hex(h.b)} away from guest frame ${hex(h.c)}.`,
  'swap-out': (h) =>
    `Guest frame ${hex(h.c)} goes to swap, slot ${h.a}; host frame ${hex(h.b)} is free.`,
  'swap-in': (h) =>
    h.extra === 1
      ? `Guest frame ${hex(h.c)} is read back from swap slot ${h.a}: a major fault of the host.`
      : `Guest frame ${hex(h.c)} is still in the swap cache: a minor fault of the host.`,
  merge: (h) => `ksmd finds guest frame ${hex(h.c)} equal to ${hex(h.b)}: one frame serves both.`,
  'copy-on-write': (h) =>
    `Guest frame ${hex(h.c)} was shared: the write gets a copy of its own, ${hex(h.b)}.`,
  split: (h) => `The 2 MiB page at guest frame ${hex(h.c)} becomes 512 small ones.`,
  collapse: (h) => `khugepaged makes one page of the 2 MiB at guest frame ${hex(h.c)}.`,
  inflate: (h) => `The guest's balloon takes guest frame ${hex(h.c)}.`,
  deflate: (h) => `The guest's balloon gives guest frame ${hex(h.c)} back.`,
  kill: () => 'The host is out of memory and kills the guest’s process.',
  'tlb-flush': (h) => FLUSH_EN[h.extra]?.(h) ?? null,
  'kernel-store': (h) =>
    `The kernel stores ${hex(h.b)} in the entry at ${hex(h.a)}, where ${hex(h.c)} was.`,
  'load-cr3': (h) => `The guest loads CR3 with ${hex(h.a)}.`,
  invlpg: (h) => `The guest executes INVLPG for ${hex(h.a)}.`,
};

const ZH: Partial<Record<Happening['type'], Say>> = {
  access: (h) => `程序${KINDS_ZH[h.extra] ?? ''} ${hex(h.a)}。`,
  'tlb-hit': (h) =>
    `L${h.level} TLB 命中：一个 ${SIZES[h.extra] ?? ''} 项给出 ${hex(h.b)}，不用遍历。`,
  'tlb-miss': (h) => `未命中：TLB 里没有可供 ${hex(h.a)} 使用的项。`,
  walk: (h) => (h.level === 0 ? `遍历读 ${h.extra} 次，到达 ${hex(h.b)}。` : null),
  'walk-cache': (h) => `分页结构缓存里有第 ${h.level} 级表项：遍历从它之下开始。`,
  exit: (h) => EXIT_ZH[h.reason ?? '']?.(h) ?? null,
  map: (h) => `KVM 填写 ${hex(h.a)} 处的表项：客户机页框 ${hex(h.c)} 有了映射。`,
  prefetch: (h) => `顺手预取一个邻居：客户机页框 ${hex(h.c)}。`,
  link: (h) => `KVM 把自己的一张表接到第 ${h.level} 级。`,
  drop: (h) => `${hex(h.a)} 处映射客户机页框 ${hex(h.c)} 的表项被取出。`,
  'write-protect': (h) => `客户机页框 ${hex(h.c)} 失去写权限：它放着一张页表。`,
  'shadow-new': (h) => `为客户机第 ${h.level} 级的表 ${hex(h.c * 4096n)} 建一张影子页。`,
  'shadow-zap': (h) => `放弃第 ${h.level} 级表 ${hex(h.c * 4096n)} 的影子。`,
  unsync: (h) => `表 ${hex(h.c * 4096n)} 失去同步：从现在起客户机写它不再退出。`,
  sync: (h) => `KVM 把表 ${hex(h.c * 4096n)} 与影子逐项对照。`,
  emulate: (h) => `KVM 替客户机完成对 ${hex(h.a)} 的写入。`,
  'guest-fault': (h) => `缺页异常交给客户机内核：${hex(h.a)}，错误码 ${hex(h.b)}。`,
  populate: (h) =>
    h.extra === 1
      ? `宿主机在客户机页框 ${hex(h.c)} 后面放上共享的零页。`
      : `宿主机在客户机页框 ${hex(h.c)} 后面放上页框 ${hex(h.b)}。`,
  discard: (h) => `宿主机从客户机页框 ${hex(h.c)} 后面拿走页框 ${hex(h.b)}。`,
  'swap-out': (h) =>
    `客户机页框 ${hex(h.c)} 换出到交换槽 ${h.a}，宿主机页框 ${hex(h.b)} 空了出来。`,
  'swap-in': (h) =>
    h.extra === 1
      ? `从交换槽 ${h.a} 读回客户机页框 ${hex(h.c)}：宿主机的一次主要缺页。`
      : `客户机页框 ${hex(h.c)} 还在交换缓存里：宿主机的一次次要缺页。`,
  merge: (h) => `ksmd 发现客户机页框 ${hex(h.c)} 与 ${hex(h.b)} 相同：一个页框供两处使用。`,
  'copy-on-write': (h) => `客户机页框 ${hex(h.c)} 是共享的：写入得到自己的一份 ${hex(h.b)}。`,
  split: (h) => `客户机页框 ${hex(h.c)} 处的 2 MiB 页拆成 512 个小页。`,
  collapse: (h) => `khugepaged 把客户机页框 ${hex(h.c)} 处的 2 MiB 合成一页。`,
  inflate: (h) => `客户机的气球拿走客户机页框 ${hex(h.c)}。`,
  deflate: (h) => `客户机的气球还回客户机页框 ${hex(h.c)}。`,
  kill: () => '宿主机内存耗尽，杀掉了这台客户机的进程。',
  'tlb-flush': (h) => FLUSH_ZH[h.extra]?.(h) ?? null,
  'kernel-store': (h) => `内核把 ${hex(h.b)} 写进 ${hex(h.a)} 处的表项，原来是 ${hex(h.c)}。`,
  'load-cr3': (h) => `客户机把 ${hex(h.a)} 装进 CR3。`,
  invlpg: (h) => `客户机对 ${hex(h.a)} 执行 INVLPG。`,
};

const SAY: Record<Locale, Partial<Record<Happening['type'], Say>>> = { en: EN, zh: ZH };

/** Whether it is only how the kernel reaches its own code, stack and tables. */
function isHousekeeping(h: Happening): boolean {
  const about = h.type === 'walk' || h.type === 'done' || h.type === 'walk-cache';
  return about && h.a >= WINDOW;
}

/** The happenings of a step as sentences, in order. Two alike in a row are said once. */
export function sentencesOf(locale: Locale, happenings: readonly Happening[]): string[] {
  const sentences: string[] = [];
  for (const happening of happenings) {
    if (isHousekeeping(happening)) continue;
    const sentence = SAY[locale][happening.type]?.(happening) ?? null;
    if (sentence !== null && sentence !== sentences.at(-1)) sentences.push(sentence);
  }
  return sentences;
}

/** What matters most in a step comes first here. */
const WEIGHT: readonly Happening['type'][] = [
  'guest-fault',
  'shadow-zap',
  'emulate',
  'unsync',
  'sync',
  'shadow-new',
  'kill',
  'swap-in',
  'copy-on-write',
  'merge',
  'discard',
  'tlb-hit',
  'exit',
  'tlb-miss',
  'tlb-flush',
  'kernel-store',
];

/** The one sentence of a step that matters most; empty when there is none. */
export function mainSentence(locale: Locale, happenings: readonly Happening[]): string {
  for (const type of WEIGHT) {
    const happening = happenings.find((each) => each.type === type);
    const sentence = happening && SAY[locale][type]?.(happening);
    if (sentence) return sentence;
  }
  return '';
}

const pagesEn = (pages: number): string => (pages === 1 ? '' : `, ${pages} pages`);
const pagesZh = (pages: number): string => (pages === 1 ? '' : `，共 ${pages} 页`);
const KIND_EN = { read: 'reads', write: 'writes', fetch: 'fetches' };
const KIND_ZH = { read: '读', write: '写', fetch: '取指' };

/** Settings of the host as who changes them would write them. */
function hostText(en: boolean, { ksm, swappiness, hugepages }: Action & { do: 'host' }): string {
  const settings = [
    ...(hugepages?.['2M'] === undefined ? [] : [`vm.nr_hugepages = ${hugepages['2M']}`]),
    ...(hugepages?.['1G'] === undefined
      ? []
      : [`hugepages-1048576kB/nr_hugepages = ${hugepages['1G']}`]),
    ...(swappiness === undefined ? [] : [`vm.swappiness = ${swappiness}`]),
    ...Object.entries(ksm ?? {}).map(([name, value]) => `ksm/${name} = ${String(value)}`),
  ];
  if (settings.length === 0) return en ? 'The host’s settings change' : '更改宿主机设置';
  return en ? `The host sets ${settings.join(', ')}` : `宿主机设置 ${settings.join('，')}`;
}

/** An action in words: what is asked of the machine. */
export function actionText(locale: Locale, action: Action): string {
  const en = locale === 'en';
  switch (action.do) {
    case 'process':
      return en
        ? `Guest ${action.guest} starts process ${action.name}`
        : `客户机 ${action.guest} 启动进程 ${action.name}`;
    case 'fork':
      return en
        ? `${action.process} forks ${action.name}`
        : `${action.process} 派生 ${action.name}`;
    case 'map':
      return en
        ? `${action.process} maps ${action.gva}${pagesEn(action.pages)}, ${action.flags}`
        : `${action.process} 映射 ${action.gva}${pagesZh(action.pages)}，${action.flags}`;
    case 'unmap':
      return en
        ? `${action.process} unmaps ${action.gva}${pagesEn(action.pages)}`
        : `${action.process} 解除 ${action.gva} 的映射${pagesZh(action.pages)}`;
    case 'remap':
      return en
        ? `${action.process} points ${action.gva} at another frame`
        : `${action.process} 让 ${action.gva} 指向另一页框`;
    case 'protect':
      return en
        ? `${action.process} protects ${action.gva}${pagesEn(action.pages)}: ${action.flags}`
        : `${action.process} 改 ${action.gva} 的权限${pagesZh(action.pages)}：${action.flags}`;
    case 'access':
      return en
        ? `${action.process} of ${action.guest} ${KIND_EN[action.kind]} ${action.gva}${pagesEn(action.pages)}`
        : `${action.guest} 的 ${action.process} ${KIND_ZH[action.kind]} ${action.gva}${pagesZh(action.pages)}`;
    case 'work':
      return en
        ? `${action.process} of ${action.guest} makes ${action.accesses} accesses in ${action.area} pages`
        : `${action.guest} 的 ${action.process} 在 ${action.area} 页中访问 ${action.accesses} 次`;
    case 'switch':
      return en
        ? `Guest ${action.guest} switches to ${action.process}`
        : `客户机 ${action.guest} 切换到 ${action.process}`;
    case 'invlpg':
      return en
        ? `${action.process} invalidates ${action.gva}${pagesEn(action.pages)}`
        : `${action.process} 使 ${action.gva} 失效${pagesZh(action.pages)}`;
    case 'discard':
      return en
        ? `The host drops guest-physical ${action.gpa} of ${action.guest}`
        : `宿主机丢弃 ${action.guest} 的客户机物理页 ${action.gpa}`;
    case 'balloon':
      return en
        ? `The balloon of ${action.guest} leaves it ${action.target}`
        : `${action.guest} 的气球给它留下 ${action.target}`;
    case 'ksm':
      return en
        ? `ksmd makes ${action.passes === 1 ? 'a pass' : `${action.passes} passes`}`
        : `ksmd 扫描 ${action.passes} 遍`;
    case 'wait':
      return en ? `${action.ms / 1000} s pass` : `过去 ${action.ms / 1000} 秒`;
    case 'workload':
      return en
        ? `${action.guest} has another appetite: ${action.kind}, ${action.memory}`
        : `${action.guest} 换了胃口：${action.kind}，${action.memory}`;
    case 'host':
      return hostText(en, action);
    case 'mark':
      return en ? `Mark ${action.name}` : `标记 ${action.name}`;
  }
}
