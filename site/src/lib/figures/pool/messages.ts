import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words on the figure of a pool of huge pages. */
const en = {
  pool: 'The pool of 2 MiB pages',
  empty: 'No pool: HugePages_Total is 0.',
  kinds: {
    used: 'in use',
    reserved: 'free, but promised',
    free: 'free',
    surplus: 'surplus',
  },
  memory: 'All memory of the host',
  parts: {
    pool: 'in the pool',
    huge: 'transparent huge pages',
    other: 'used otherwise',
    free: 'MemFree',
  },
  lines: 'What /proc/meminfo, /proc/vmstat and KSM say',
};
type PoolMessages = typeof en;

const zh: PoolMessages = {
  pool: '2 MiB 大页的池',
  empty: '没有池：HugePages_Total 是 0。',
  kinds: { used: '在用', reserved: '空闲，但已许诺', free: '空闲', surplus: '多余' },
  memory: '宿主机的全部内存',
  parts: { pool: '在池里', huge: '透明大页', other: '其他已用', free: 'MemFree' },
  lines: '/proc/meminfo、/proc/vmstat 和 KSM 的数字',
};

export const poolMessages = (locale: Locale): PoolMessages => (locale === 'zh' ? zh : en);
