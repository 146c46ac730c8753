import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words on the player. */
const en = {
  player: 'Player',
  toStart: 'To the start',
  back: 'Step back',
  play: 'Play',
  pause: 'Pause',
  forth: 'Step forward',
  toEnd: 'To the end',
  step: 'Step',
  position: (step: number, all: number) => `${step} of ${all}`,
  next: 'Next',
  kinds: {
    entry: 'entry',
    guest: 'guest entry',
    nested: 'nested leaf',
    store: 'A/D update',
    end: 'outcome',
    miss: 'TLB miss',
    exit: 'VM exit',
    fault: 'guest fault',
    flush: 'flush',
  },
  speed: 'Speed',
  keys: 'Keys',
  keyList: [
    ['→', 'step forward'],
    ['←', 'step back'],
    ['Space', 'play or pause'],
    ['Home', 'to the start'],
    ['End', 'to the end'],
    ['n', 'next event of the chosen kind'],
    ['?', 'these keys'],
  ],
  close: 'Close',
  held: 'The machine waits for your prediction.',
  toQuestion: 'Go to the question',
};

export type PlayerMessages = typeof en;

const zh: PlayerMessages = {
  player: '播放器',
  toStart: '回到开头',
  back: '后退一步',
  play: '播放',
  pause: '暂停',
  forth: '前进一步',
  toEnd: '到结尾',
  step: '步',
  position: (step, all) => `第 ${step} 步，共 ${all} 步`,
  next: '下一个',
  kinds: {
    entry: '表项',
    guest: '客户机表项',
    nested: '嵌套叶项',
    store: '访问位/脏位更新',
    end: '结果',
    miss: 'TLB 未命中',
    exit: 'VM exit',
    fault: '客户机缺页异常',
    flush: 'TLB 刷新',
  },
  speed: '速度',
  keys: '按键',
  keyList: [
    ['→', '前进一步'],
    ['←', '后退一步'],
    ['空格', '播放或暂停'],
    ['Home', '回到开头'],
    ['End', '到结尾'],
    ['n', '下一个所选事件'],
    ['?', '显示这些按键'],
  ],
  close: '关闭',
  held: '机器在等你的预测。',
  toQuestion: '去看问题',
};

export const playerMessages = (locale: Locale): PlayerMessages => (locale === 'zh' ? zh : en);
