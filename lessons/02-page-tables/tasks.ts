import type { ConsoleTask, HostReading } from '../schema.ts';

/** Asking a Linux host about its pages, and keeping what it said in files. */

const kept = (host: HostReading, path: string): string => host.read(path)?.trim() ?? '';
const SIZE = '/root/pagesize';
const WIDTHS = '/root/widths';

export const PAGE_SIZE: ConsoleTask = {
  passed: (host) =>
    kept(host, SIZE) === '4096' && /^address sizes\s*:.*48 bits virtual$/m.test(kept(host, WIDTHS)),
  hint: (host) => {
    if (host.read(SIZE) === null) return 'size';
    if (kept(host, SIZE) !== '4096') return 'not-bytes';
    return host.read(WIDTHS) === null ? 'widths' : 'not-line';
  },
  hints: {
    en: {
      size: 'getconf PAGESIZE asks the C library. A > after a command writes what it prints into a file.',
      'not-bytes':
        '/root/pagesize does not hold the number of bytes. It should be the line that getconf PAGESIZE prints, and nothing else.',
      widths:
        'The processor’s widths stand in /proc/cpuinfo, once for each processor. grep -m1 stops after the first line that fits.',
      'not-line':
        '/root/widths does not hold the line that begins with “address sizes”. Look for those words in /proc/cpuinfo.',
    },
    zh: {
      size: 'getconf PAGESIZE 向 C 库询问。命令后面加 > 文件名，就把输出写进文件。',
      'not-bytes': '/root/pagesize 里不是字节数。它应当只有 getconf PAGESIZE 打印的那一行。',
      widths: '处理器的地址宽度在 /proc/cpuinfo 里，每个处理器一遍。grep -m1 找到第一行就停。',
      'not-line':
        '/root/widths 里没有以 “address sizes” 开头的那一行。在 /proc/cpuinfo 里找这两个词。',
    },
  },
  solution: [
    'getconf PAGESIZE > /root/pagesize',
    "grep -m1 'address sizes' /proc/cpuinfo > /root/widths",
  ],
  nearMisses: [
    ['getconf PAGESIZE', "grep -m1 'address sizes' /proc/cpuinfo"],
    ['echo 4K > /root/pagesize', "grep -m1 'address sizes' /proc/cpuinfo > /root/widths"],
  ],
};
