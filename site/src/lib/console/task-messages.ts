import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words around a task. */
const en = {
  done: 'Done',
  open: 'Not done yet',
  broken: 'This cannot work any more: ',
  hint: 'Hint',
  noHint: 'There is no further hint.',
  hints: 'Hints',
  choose: 'Task',
  gone: (domain: string) => `${domain} is not defined any more. Start the host anew.`,
};

const zh: typeof en = {
  done: '完成',
  open: '还没完成',
  broken: '这样已经做不成了：',
  hint: '提示',
  noHint: '没有更多提示了。',
  hints: '提示',
  choose: '任务',
  gone: (domain: string) => `${domain} 的定义已经没有了。请重新启动宿主机。`,
};

export const taskMessages = (locale: Locale): typeof en => (locale === 'zh' ? zh : en);
