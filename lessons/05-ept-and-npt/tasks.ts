import type { ConsoleTask, HostReading } from '../schema.ts';

/** Finding out whether a host's processors have EPT, without being misled by a count. */

const EPT = '/root/ept';
const CPUS = '/root/cpus';

const kept = (host: HostReading, path: string): string => host.read(path)?.trim() ?? '';
const cpuinfo = (host: HostReading): string => host.read('/proc/cpuinfo') ?? '';
/** The word alone: `ept_ad` and others are other abilities. */
const words = (host: HostReading): number => (cpuinfo(host).match(/\bept\b/g) ?? []).length;
const processors = (host: HostReading): number =>
  (cpuinfo(host).match(/^processor\s*:/gm) ?? []).length;

export const COUNT_EPT: ConsoleTask = {
  passed: (host) =>
    kept(host, EPT) === String(words(host)) && kept(host, CPUS) === String(processors(host)),
  hint: (host) => {
    if (host.read(EPT) === null) return 'words';
    if (kept(host, EPT) !== String(words(host))) {
      return kept(host, EPT) === String(processors(host)) ? 'lines' : 'other-words';
    }
    return host.read(CPUS) === null ? 'processors' : 'not-processors';
  },
  hints: {
    en: {
      words:
        'grep -o prints each find on a line of its own, -w takes whole words only. wc -l counts lines; > writes a number into a file.',
      lines:
        'That is the number of processors. grep -c counts lines, and a line can hold a word twice, or a longer word that only begins so.',
      'other-words':
        'Without -w also ept_ad and whatever else contains the three letters is counted; without -o a line counts once.',
      processors:
        'Each processor begins with a line “processor : N” in /proc/cpuinfo; nproc counts too.',
      'not-processors': '/root/cpus should hold the number of processors and nothing else.',
    },
    zh: {
      words:
        'grep -o 把找到的每一处单独打印一行，-w 只要完整的词。wc -l 数行数；> 把数字写进文件。',
      lines:
        '这是处理器的个数。grep -c 数的是行，而一行里可以有两个这样的词，也可以只是更长的词的开头。',
      'other-words': '不加 -w，ept_ad 之类也会算进去；不加 -o，一行只算一次。',
      processors: '/proc/cpuinfo 里每个处理器以 “processor : N” 一行开头；nproc 也能数。',
      'not-processors': '/root/cpus 里应当只有处理器的个数。',
    },
  },
  solution: ['grep -ow ept /proc/cpuinfo | wc -l > /root/ept', 'nproc > /root/cpus'],
  nearMisses: [
    ['grep -c ept /proc/cpuinfo > /root/ept', 'nproc > /root/cpus'],
    ['grep -o ept /proc/cpuinfo | wc -l > /root/ept', 'nproc > /root/cpus'],
  ],
};
