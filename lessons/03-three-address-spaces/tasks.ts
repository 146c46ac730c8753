import type { ConsoleTask, HostReading } from '../schema.ts';

/** What a guest was promised, and what its process really holds. */

const RSS = '/root/rss';
const kept = (host: HostReading): string => host.read(RSS)?.trim() ?? '';
const alpine = (host: HostReading) => host.domains().find(({ name }) => name === 'alpine');
/** A guest goes on living while one types: a tenth more or less will do. */
const isNear = (said: number, now: number): boolean => Math.abs(said - now) <= now / 10;

export const RESIDENT: ConsoleTask = {
  passed: (host) => {
    const now = host.ledgers('alpine')?.libvirt.rss ?? 0;
    return now > 0 && /^\d+$/.test(kept(host)) && isNear(Number(kept(host)), now);
  },
  hint: (host) => {
    if (alpine(host)?.state !== 'running') return 'start';
    if (host.read(RSS) === null) return 'ask';
    if (kept(host) === String(alpine(host)?.memoryKiB)) return 'promised';
    return /^\d+$/.test(kept(host)) ? 'old' : 'not-number';
  },
  hints: {
    en: {
      start: 'alpine does not run. Without a process there is nothing resident: virsh start.',
      ask: 'virsh dommemstat alpine prints a line “rss N”, in KiB. awk can take the number out of it; > writes it into the file.',
      promised: 'That is what the guest may have. How much of it does its process hold?',
      old: 'The file’s number is far from what the process holds now. The guest has been living on since: ask once more.',
      'not-number': '/root/rss should hold one number, in KiB, and nothing else.',
    },
    zh: {
      start: 'alpine 没有运行。没有进程就没有常驻内存：virsh start。',
      ask: 'virsh dommemstat alpine 有一行 “rss N”，单位 KiB。awk 可以取出数字，> 把它写进文件。',
      promised: '这是允许客户机用的量。它的进程实际占了多少？',
      old: '文件里的数和进程现在占用的差得远。客户机一直在运行：再问一次。',
      'not-number': '/root/rss 里应当只有一个数，单位 KiB。',
    },
  },
  broken: (host) =>
    alpine(host) === undefined
      ? {
          en: 'the domain alpine is not defined any more. Start the host anew.',
          zh: '虚拟机 alpine 的定义已经不在。请重新启动宿主机。',
        }
      : null,
  solution: [
    'virsh start alpine',
    8000,
    'virsh dommemstat alpine | awk \'$1 == "rss" {print $2}\' > /root/rss',
  ],
  nearMisses: [
    ['virsh start alpine', 8000, 'virsh dommemstat alpine > /root/rss'],
    [
      'virsh start alpine',
      8000,
      "virsh dominfo alpine | awk '/^Used memory/ {print $3}' > /root/rss",
    ],
  ],
};
