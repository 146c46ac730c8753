import type { ConsoleTask, HostReading } from '../schema.ts';

/** Huge pages on a host, from the mount to a guest that uses them. */

const GUEST = 'alpine';
const mounts = (host: HostReading): number =>
  (host.read('/proc/mounts') ?? '').split('\n').filter((line) => line.includes(' hugetlbfs '))
    .length;
const field = (host: HostReading, name: string): number =>
  Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(host.read('/proc/meminfo') ?? '')?.[1] ?? 0);
const guest = (host: HostReading) => host.domains().find(({ name }) => name === GUEST);
const definition = (host: HostReading): string => host.read(`/etc/libvirt/qemu/${GUEST}.xml`) ?? '';
const isGone = (host: HostReading) =>
  guest(host) === undefined
    ? {
        en: `the domain ${GUEST} is not defined any more. Start the host anew.`,
        zh: `虚拟机 ${GUEST} 的定义已经不在。请重新启动宿主机。`,
      }
    : null;

export const STACKED_MOUNT: ConsoleTask = {
  passed: (host) => host.read('/root/mounts')?.trim() === '2' && mounts(host) === 1,
  hint: (host) => {
    if (mounts(host) === 0) return 'none';
    if (mounts(host) === 1) return host.read('/root/mounts') === null ? 'mount' : 'count';
    return host.read('/root/mounts')?.trim() === '2' ? 'undo' : 'count';
  },
  hints: {
    en: {
      mount:
        'Type what guides say: mount -t hugetlbfs hugetlbfs /dev/hugepages. It says nothing. Look into /proc/mounts before and after.',
      count:
        'With both mounts there, count them into a file: grep -c hugetlbfs /proc/mounts > /root/mounts.',
      undo: 'umount /dev/hugepages takes the upper one away. One has to stay.',
      none: 'Now nothing is mounted there. Mount it once: mount -t hugetlbfs hugetlbfs /dev/hugepages.',
    },
    zh: {
      mount:
        '照教程输入：mount -t hugetlbfs hugetlbfs /dev/hugepages。它什么也不说。前后各看一次 /proc/mounts。',
      count: '两个挂载都在时，把个数写进文件：grep -c hugetlbfs /proc/mounts > /root/mounts。',
      undo: 'umount /dev/hugepages 去掉上面那一个，要留下一个。',
      none: '现在那里什么也没有挂载。挂载一次：mount -t hugetlbfs hugetlbfs /dev/hugepages。',
    },
  },
  solution: [
    'grep hugetlbfs /proc/mounts',
    'mount -t hugetlbfs hugetlbfs /dev/hugepages',
    'grep -c hugetlbfs /proc/mounts > /root/mounts',
    'umount /dev/hugepages',
  ],
  nearMisses: [
    // It stays stacked.
    [
      'mount -t hugetlbfs hugetlbfs /dev/hugepages',
      'grep -c hugetlbfs /proc/mounts > /root/mounts',
    ],
    // Both are gone.
    [
      'mount -t hugetlbfs hugetlbfs /dev/hugepages',
      'grep -c hugetlbfs /proc/mounts > /root/mounts',
      'umount /dev/hugepages',
      'umount /dev/hugepages',
    ],
  ],
};

export const ON_HUGE_PAGES: ConsoleTask = {
  passed: (host) =>
    guest(host)?.state === 'running' && (host.ledgers(GUEST)?.host.HugetlbPages ?? 0) > 0,
  hint: (host) => {
    const needed = Math.ceil((guest(host)?.maxKiB ?? 0) / field(host, 'Hugepagesize'));
    if (!/<hugepages/.test(definition(host))) return 'definition';
    if (guest(host)?.state === 'running') return 'restart';
    if (field(host, 'HugePages_Total') === 0) return 'pool';
    return field(host, 'HugePages_Free') < needed ? 'too-small' : 'start';
  },
  hints: {
    en: {
      definition:
        'The guest’s definition asks for no huge pages yet. virsh edit alpine: put <memoryBacking><hugepages/></memoryBacking> inside <domain>.',
      pool: 'The pool is empty: HugePages_Total is 0. sysctl vm.nr_hugepages=500 fills it.',
      'too-small':
        'The pool has fewer free pages than the guest has memory. virsh dominfo says how much that is; each page has 2 MiB.',
      start: 'Definition and pool fit. Start the guest.',
      restart:
        'The guest runs on small pages: it was started before its definition changed. End it and start it again.',
    },
    zh: {
      definition:
        '客户机的定义还没有要求大页。virsh edit alpine：在 <domain> 里加上 <memoryBacking><hugepages/></memoryBacking>。',
      pool: '池是空的：HugePages_Total 是 0。用 sysctl vm.nr_hugepages=500 填充。',
      'too-small': '池中空闲的页少于客户机的内存。virsh dominfo 显示内存大小，每页 2 MiB。',
      start: '定义和池都合适了。启动客户机。',
      restart: '客户机还在用小页：它是在修改定义之前启动的。把它关掉再启动。',
    },
  },
  broken: isGone,
  solution: [
    'grep Huge /proc/meminfo',
    "virsh dumpxml alpine | sed 's#<currentMemory#<memoryBacking><hugepages/></memoryBacking><currentMemory#' > /root/alpine.xml",
    'virsh define /root/alpine.xml',
    'sysctl vm.nr_hugepages=500',
    'virsh start alpine',
    8000,
    'grep Huge /proc/meminfo',
  ],
  nearMisses: [
    // A pool, and a guest that does not ask for it.
    ['sysctl vm.nr_hugepages=500', 'virsh start alpine', 4000],
    // Too small a pool: the start fails.
    [
      "virsh dumpxml alpine | sed 's#<currentMemory#<memoryBacking><hugepages/></memoryBacking><currentMemory#' > /root/alpine.xml",
      'virsh define /root/alpine.xml',
      'sysctl vm.nr_hugepages=100',
      'virsh start alpine',
      4000,
    ],
  ],
};
