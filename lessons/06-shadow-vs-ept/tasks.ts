import type { ConsoleTask, HostReading } from '../schema.ts';

/** The laboratory exercise: boot one guest with EPT and without, and count the exits of each boot. */

const GUEST = 'alpine';
const numberIn = (text: string | null): number =>
  text !== null && /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
const parameter = (host: HostReading): string | undefined =>
  host.read('/sys/module/kvm_intel/parameters/ept')?.trim();
const guest = (host: HostReading) => host.domains().find(({ name }) => name === GUEST);
const others = (host: HostReading): boolean =>
  host.domains().some(({ name, state }) => name !== GUEST && state !== 'shutoff');

/** Exits that KVM has counted, of all guests since it was loaded. */
const exits = (host: HostReading): number => numberIn(host.read('/sys/kernel/debug/kvm/exits'));

const count = (ept: 'Y' | 'N', file: string): Pick<ConsoleTask, 'passed' | 'hint' | 'broken'> => ({
  passed: (host) => {
    const noted = numberIn(host.read(file));
    return (
      parameter(host) === ept && guest(host)?.isUp === true && noted > 0 && noted === exits(host)
    );
  },
  hint: (host) => {
    if (parameter(host) === undefined) return 'load';
    if (parameter(host) !== ept)
      return others(host) || guest(host)?.state !== 'shutoff' ? 'in-use' : 'reload';
    if (guest(host)?.state !== 'running') return 'start';
    if (guest(host)?.isUp !== true) return 'wait';
    return 'note';
  },
  broken: (host) =>
    guest(host) === undefined
      ? {
          en: `the domain ${GUEST} is not defined any more. Start the host anew.`,
          zh: `虚拟机 ${GUEST} 的定义已经不在。请重新启动宿主机。`,
        }
      : null,
});

export const COUNT_WITH_EPT: ConsoleTask = {
  ...count('Y', '/root/with-ept'),
  hints: {
    en: {
      load: 'kvm_intel is not loaded. modprobe kvm_intel loads it, with EPT as it comes.',
      reload:
        'This KVM runs without EPT. Take the module away and load it again: modprobe -r kvm_intel, modprobe kvm_intel ept=1.',
      'in-use':
        'The module has to be loaded anew, and a guest uses it. End the guest: virsh list says which.',
      start: 'EPT is on. Boot the guest: virsh start alpine.',
      wait: 'The guest is still booting. Wait a moment, then read the counter.',
      note: 'The guest is up. /sys/kernel/debug/kvm/exits has the count; write it into /root/with-ept with >.',
    },
    zh: {
      load: '现在没有加载 kvm_intel。用 modprobe kvm_intel 加载，默认使用 EPT。',
      reload:
        '这个 KVM 没有用 EPT。卸掉模块再加载：modprobe -r kvm_intel，modprobe kvm_intel ept=1。',
      'in-use': '要重新加载模块，但有客户机在用它。先把客户机关掉：virsh list 显示是哪一台。',
      start: 'EPT 已开。启动客户机：virsh start alpine。',
      wait: '客户机还在启动。等一会儿再读计数器。',
      note: '客户机已经启动完。计数在 /sys/kernel/debug/kvm/exits，用 > 写进 /root/with-ept。',
    },
  },
  solution: [
    'cat /sys/module/kvm_intel/parameters/ept',
    'virsh start alpine',
    20_000,
    'cat /sys/kernel/debug/kvm/exits > /root/with-ept',
  ],
  nearMisses: [
    // Read before the guest has booted.
    ['virsh start alpine', 'cat /sys/kernel/debug/kvm/exits > /root/with-ept', 20_000],
    // A boot without EPT.
    [
      'modprobe -r kvm_intel',
      'modprobe kvm_intel ept=0',
      'virsh start alpine',
      20_000,
      'cat /sys/kernel/debug/kvm/exits > /root/with-ept',
    ],
    ['echo 23 > /root/with-ept'],
  ],
};

export const COUNT_WITHOUT_EPT: ConsoleTask = {
  ...count('N', '/root/without-ept'),
  hints: {
    en: {
      load: 'kvm_intel is not loaded now. Load it without EPT: modprobe kvm_intel ept=0.',
      reload:
        'EPT is on. The parameter is read only while the module loads: modprobe -r kvm_intel, then modprobe kvm_intel ept=0.',
      'in-use':
        'A running guest uses the module, so modprobe -r refuses. virsh destroy alpine ends it.',
      start:
        'EPT is off, and the counters begin at 0 again. Boot the same guest: virsh start alpine.',
      wait: 'The guest is still booting. Wait a moment, then read the counter.',
      note: 'The guest is up. Write what /sys/kernel/debug/kvm/exits says into /root/without-ept.',
    },
    zh: {
      load: '现在没有加载 kvm_intel。不带 EPT 加载：modprobe kvm_intel ept=0。',
      reload:
        'EPT 开着。这个参数只在加载时读取：先 modprobe -r kvm_intel，再 modprobe kvm_intel ept=0。',
      'in-use': '有客户机在用这个模块，modprobe -r 会拒绝。virsh destroy alpine 把它关掉。',
      start: 'EPT 已关，计数器也从 0 重新开始。启动同一台客户机：virsh start alpine。',
      wait: '客户机还在启动。等一会儿再读计数器。',
      note: '客户机已经启动完。把 /sys/kernel/debug/kvm/exits 写进 /root/without-ept。',
    },
  },
  after: ['count-with-ept'],
  solution: [
    'virsh destroy alpine',
    'modprobe -r kvm_intel',
    'modprobe kvm_intel ept=0',
    'virsh start alpine',
    20_000,
    'cat /sys/kernel/debug/kvm/exits > /root/without-ept',
    'grep . /root/with*-ept',
  ],
  nearMisses: [
    // The module was there already, with EPT.
    [
      'modprobe kvm_intel ept=0',
      'virsh start alpine',
      20_000,
      'cat /sys/kernel/debug/kvm/exits > /root/without-ept',
    ],
    // One word: it loads without EPT, but the guest was not booted.
    ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0', 'echo 23 > /root/without-ept'],
  ],
};
