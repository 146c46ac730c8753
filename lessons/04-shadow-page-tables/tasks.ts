import type { ConsoleTask, HostReading } from '../schema.ts';

/** KVM without nested paging, as on a processor of 2005. */

const parameter = (host: HostReading): string | undefined =>
  host.read('/sys/module/kvm_intel/parameters/ept')?.trim();
const runs = (host: HostReading, name?: string): boolean =>
  host
    .domains()
    .some((domain) => domain.state !== 'shutoff' && (name === undefined || domain.name === name));
const isGone = (host: HostReading, name: string) =>
  host.domains().every((domain) => domain.name !== name)
    ? {
        en: `the domain ${name} is not defined any more. Start the host anew.`,
        zh: `虚拟机 ${name} 的定义已经不在。请重新启动宿主机。`,
      }
    : null;

export const WITHOUT_EPT: ConsoleTask = {
  passed: (host) => parameter(host) === 'N' && runs(host, 'alpine'),
  hint: (host) => {
    const ept = parameter(host);
    if (ept === undefined) return 'load';
    if (ept === 'N') return 'start';
    return runs(host) ? 'in-use' : 'reload';
  },
  hints: {
    en: {
      reload:
        'ept is a parameter of the module kvm_intel, and is read only while the module loads. Take the module away, then load it with ept=0: modprobe -r, then modprobe.',
      'in-use':
        'A running guest uses the module, so modprobe -r refuses. End the guest first: virsh list says which.',
      load: 'kvm_intel is not loaded now. modprobe kvm_intel ept=0 loads it.',
      start:
        'The module is without EPT now: /sys/module/kvm_intel/parameters/ept says N. Start alpine.',
    },
    zh: {
      reload:
        'ept 是模块 kvm_intel 的参数，只在加载时读取。先用 modprobe -r 卸掉模块，再用 modprobe 带 ept=0 加载。',
      'in-use': '有客户机在用这个模块，modprobe -r 会拒绝。先把它关掉：virsh list 显示是哪一台。',
      load: '现在没有加载 kvm_intel。用 modprobe kvm_intel ept=0 加载。',
      start: '模块已经不用 EPT：/sys/module/kvm_intel/parameters/ept 是 N。启动 alpine。',
    },
  },
  broken: (host) => isGone(host, 'alpine'),
  solution: ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0', 'virsh start alpine', 2000],
  nearMisses: [
    // A module that is there already does not look at its parameters again.
    ['modprobe kvm_intel ept=0', 'virsh start alpine', 2000],
    ['virsh start alpine', 2000, 'modprobe -r kvm_intel', 'modprobe kvm_intel ept=0'],
  ],
};
