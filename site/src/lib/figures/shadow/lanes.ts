import type { Happening } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

/**
 * One step of a guest on shadow page tables, told as who does what: the program, the guest's kernel and KVM. An
 * arrow from the guest to KVM is an exit; one from KVM to the guest's kernel is a fault that it is told of.
 */

export const LANES = ['program', 'kernel', 'kvm'] as const;
export type Lane = (typeof LANES)[number];

/** Something done in a lane, or an arrow between two. */
export type Row =
  | {
      kind: 'deed';
      lane: Lane;
      what: string;
      times: number;
      /** KVM begins to deal with a fault of the program here, and the guest's kernel never hears of it. */
      untold: boolean;
    }
  | { kind: 'arrow'; from: Lane; to: Lane; what: string };

interface Words {
  lanes: Record<Lane, string>;
  label: string;
  access: readonly string[];
  exits: Record<string, string>;
  deeds: Partial<Record<Happening['type'], (h: Happening) => string>>;
  kernel: Partial<Record<Happening['type'], string>>;
  injected: string;
  entry: string;
  again: string;
  /** What the guest's kernel has to do with an exit that KVM deals with alone. */
  untold: string;
  done: string;
  nothing: string;
}

const WORDS: Record<Locale, Words> = {
  en: {
    lanes: { program: 'Program', kernel: 'Guest kernel', kvm: 'KVM' },
    label: 'Who did what in this step',
    access: ['reads', 'writes', 'fetches'],
    exits: {
      'page-fault': 'exit: page fault',
      cr3: 'exit: load of CR3',
      cr4: 'exit: write of CR4',
      invlpg: 'exit: INVLPG',
      device: 'exit: no memory there',
      'nested-fault': 'exit: EPT violation',
    },
    deeds: {
      'shadow-new': (h) => `shadows a table, level ${h.level}`,
      'shadow-zap': (h) => `gives a shadow table up, level ${h.level}`,
      map: () => 'fills in the shadow entry',
      prefetch: () => 'fills in a neighbour',
      drop: () => 'takes a shadow entry out',
      'write-protect': () => 'takes write access from a table',
      unsync: () => 'stops watching this table',
      sync: () => 'compares the table with its shadow',
      emulate: () => 'carries the store out',
      populate: () => 'gets a frame from the host',
    },
    kernel: {
      'kernel-store': 'changes an entry',
      'load-cr3': 'loads CR3',
      invlpg: 'executes INVLPG',
    },
    injected: 'page fault injected',
    entry: 'entry',
    again: 'entry: once more',
    untold: 'is told nothing',
    done: 'goes on',
    nothing: 'No exit: the processor did it alone.',
  },
  zh: {
    lanes: { program: '程序', kernel: '客户机内核', kvm: 'KVM' },
    label: '这一步里谁做了什么',
    access: ['读', '写', '取指'],
    exits: {
      'page-fault': '退出：缺页异常',
      cr3: '退出：加载 CR3',
      cr4: '退出：写 CR4',
      invlpg: '退出：INVLPG',
      device: '退出：那里没有内存',
      'nested-fault': '退出：EPT 违例',
    },
    deeds: {
      'shadow-new': (h) => `建第 ${h.level} 级影子表`,
      'shadow-zap': (h) => `放弃一张第 ${h.level} 级影子表`,
      map: () => '填写影子表项',
      prefetch: () => '顺手填一个邻居',
      drop: () => '取出一个影子表项',
      'write-protect': () => '收回一张表的写权限',
      unsync: () => '不再看住这张表',
      sync: () => '把表和影子对一遍',
      emulate: () => '代为完成写入',
      populate: () => '向宿主机要一个页框',
    },
    kernel: { 'kernel-store': '改一个表项', 'load-cr3': '加载 CR3', invlpg: '执行 INVLPG' },
    injected: '注入缺页异常',
    entry: '进入',
    again: '进入：再来一遍',
    untold: '一无所知',
    done: '继续运行',
    nothing: '没有退出：处理器自己完成。',
  },
};

export const laneWords = (locale: Locale): Words => WORDS[locale];

/** The kernel's window: what it does there is how it works, not what it does. */
const WINDOW = 0xffff_8880_0000_0000n;

/** The rows of a step; empty where the guest did nothing in it. */
export function lanesOf(locale: Locale, happenings: readonly Happening[]): Row[] {
  const words = WORDS[locale];
  const rows: Row[] = [];
  let guest: Lane = 'program';
  let isOut = false;
  let isFault = false;
  let before: Happening['type'] | null = null;
  const isTold = happenings.some(({ type }) => type === 'guest-fault');
  const deed = (lane: Lane, what: string): void => {
    const last = rows.at(-1);
    if (last?.kind === 'deed' && last.lane === lane && last.what === what) last.times++;
    else {
      const untold =
        lane === 'kvm' && guest === 'program' && isFault && !isTold && last?.kind === 'arrow';
      rows.push({ kind: 'deed', lane, what, times: 1, untold });
    }
  };
  const enter = (): void => {
    const what = isFault ? words.again : words.entry;
    if (isOut) rows.push({ kind: 'arrow', from: 'kvm', to: guest, what });
    isOut = false;
  };
  for (const h of happenings) {
    const said = words.kernel[h.type];
    if (h.type === 'access' && h.a < WINDOW) {
      enter();
      guest = 'program';
      deed(guest, words.access[h.extra] ?? '');
    } else if (said !== undefined) {
      enter();
      guest = 'kernel';
      deed(guest, said);
    } else if (h.type === 'exit') {
      enter();
      rows.push({ kind: 'arrow', from: guest, to: 'kvm', what: words.exits[h.reason ?? ''] ?? '' });
      isOut = true;
      isFault = h.reason === 'page-fault';
    } else if (h.type === 'guest-fault') {
      rows.push({
        kind: 'arrow',
        from: isOut ? 'kvm' : 'program',
        to: 'kernel',
        what: words.injected,
      });
      isOut = false;
      guest = 'kernel';
    } else if (isOut && (h.type !== 'write-protect' || before !== 'shadow-new')) {
      // A table that gets a shadow is protected: that is one thing.
      const what = words.deeds[h.type]?.(h);
      if (what !== undefined) deed('kvm', what);
    }
    before = h.type;
  }
  enter();
  return rows;
}
