import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { ConsoleModel } from './model.ts';

/** Tasks for somebody who is new to the console, checked by the state that the host ends in. */

/** What a check may look at. */
export type HostReading = Pick<ConsoleModel, 'read' | 'domains' | 'ledgers'>;

export interface HostTask {
  id: string;
  title: Record<Locale, string>;
  text: Record<Locale, string>;
  /** One after the other, each saying more. */
  hints: Record<Locale, readonly string[]>;
  /** Whether it is done. */
  isDone(host: HostReading): boolean;
  /** A domain that it needs: without its definition it cannot be done any more. */
  needs?: string;
}

const GIB = 1024 ** 2;

/** A line of /proc/meminfo, in its unit; 0 where there is none. */
const meminfo = (host: HostReading, name: string): number =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(host.read('/proc/meminfo') ?? '')?.[1] ?? 0);
const runs = (host: HostReading, name: string): boolean =>
  host.domains().some((domain) => domain.name === name && domain.state === 'running');

export const TASKS: readonly HostTask[] = [
  {
    id: 'balloon',
    title: { en: 'Take half of it back', zh: '收回一半' },
    text: {
      en: 'The guest debian12 runs with 1 GiB of the 2 that it may have. Start it, and take half of that gibibyte back while it runs.',
      zh: '客户机 debian12 的上限是 2 GiB，运行时用 1 GiB。启动它，在它运行的时候收回这 1 GiB 的一半。',
    },
    hints: {
      en: [
        'virsh start boots it. The balloon moves once the guest is up and its driver has loaded.',
        'virsh setmem sets what the balloon leaves; virsh dommemstat says what it has reached.',
        'virsh setmem debian12 512M --live',
      ],
      zh: [
        'virsh start 启动它。客户机启动完、气球驱动加载之后，气球才会动。',
        'virsh setmem 设定气球留下多少内存；virsh dommemstat 显示已经到了多少。',
        'virsh setmem debian12 512M --live',
      ],
    },
    needs: 'debian12',
    isDone: (host) => host.ledgers('debian12')?.libvirt.actual === GIB / 2,
  },
  {
    id: 'hugepages',
    title: { en: 'A guest on huge pages', zh: '用大页的客户机' },
    text: {
      en: 'Let the memory of alpine, 512 MiB, come from a pool of 2 MiB pages that was set aside for it.',
      zh: '让 alpine 的 512 MiB 内存来自预留的 2 MiB 大页池。',
    },
    hints: {
      en: [
        'How many pages of 2 MiB are 512 MiB? The kernel sets them aside by sysctl vm.nr_hugepages.',
        'The domain has to ask for them: <memoryBacking><hugepages/></memoryBacking> in virsh edit alpine, before the list of devices.',
        'Give the pool some more pages than the memory alone needs, then virsh start alpine, and watch HugePages_Free in /proc/meminfo.',
      ],
      zh: [
        '512 MiB 是多少个 2 MiB 页？用 sysctl vm.nr_hugepages 让内核预留。',
        '虚拟机定义里要写明：用 virsh edit alpine 在设备列表之前加上 <memoryBacking><hugepages/></memoryBacking>。',
        '池里的页要比内存本身需要的略多，然后 virsh start alpine，看 /proc/meminfo 里的 HugePages_Free。',
      ],
    },
    needs: 'alpine',
    isDone: (host) => (host.ledgers('alpine')?.host.HugetlbPages ?? 0) > 0,
  },
  {
    id: 'swap',
    title: { en: 'Room for what is not used', zh: '给不用的页一个去处' },
    text: {
      en: 'The host has no swap. Give it a swap file of 1 GiB.',
      zh: '宿主机还没有交换区。给它一个 1 GiB 的交换文件。',
    },
    hints: {
      en: [
        'A file becomes a swap area in four steps: it gets its size, only root may read it, it gets a signature, the kernel takes it into use.',
        'dd or fallocate, chmod 600, mkswap, swapon.',
        'swapon refuses a file with holes; dd if=/dev/zero writes every page of it.',
      ],
      zh: [
        '一个文件变成交换区要四步：有大小、只让 root 读写、写上签名、由内核启用。',
        'dd 或 fallocate、chmod 600、mkswap、swapon。',
        '有空洞的文件 swapon 不收；dd if=/dev/zero 会把每一页都写上。',
      ],
    },
    isDone: (host) => meminfo(host, 'SwapTotal') >= GIB - 4,
  },
  {
    id: 'ksm',
    title: { en: 'The same page once', zh: '相同的页只留一份' },
    text: {
      en: 'Run both guests, and let the kernel merge at least 1,000 of their pages.',
      zh: '让两台客户机都运行，并让内核合并它们的至少 1,000 个页。',
    },
    hints: {
      en: [
        'The kernel thread that compares pages is ksmd; its switches are files in /sys/kernel/mm/ksm.',
        'echo 1 > /sys/kernel/mm/ksm/run starts it. How many pages it looks at each time is in pages_to_scan.',
        'pages_sharing counts what was merged. Time can run 16 times as fast.',
      ],
      zh: [
        '比较页的内核线程叫 ksmd，它的开关是 /sys/kernel/mm/ksm 里的文件。',
        'echo 1 > /sys/kernel/mm/ksm/run 让它开始。每次看多少页由 pages_to_scan 决定。',
        'pages_sharing 是合并掉的页数。时间可以加快到 16 倍。',
      ],
    },
    isDone: (host) => Number(host.read('/sys/kernel/mm/ksm/pages_sharing') ?? 0) >= 1000,
  },
  {
    id: 'shadow',
    title: { en: 'Without EPT', zh: '不用 EPT' },
    text: {
      en: 'Run alpine on shadow page tables: on this host, as on one of 2007, without EPT.',
      zh: '让 alpine 运行在影子页表上：像 2007 年的宿主机那样，不用 EPT。',
    },
    hints: {
      en: [
        'EPT is a parameter of the module kvm_intel, which is set when the module is loaded.',
        'A module that a guest uses cannot be taken away: shut the guests off first.',
        'modprobe -r kvm_intel && modprobe kvm_intel ept=0, then start alpine.',
      ],
      zh: [
        'EPT 是模块 kvm_intel 的参数，加载模块时设定。',
        '有客户机在用的模块卸不掉：先把客户机关掉。',
        'modprobe -r kvm_intel && modprobe kvm_intel ept=0，然后启动 alpine。',
      ],
    },
    needs: 'alpine',
    isDone: (host) =>
      host.read('/sys/module/kvm_intel/parameters/ept')?.trim() === 'N' && runs(host, 'alpine'),
  },
];
