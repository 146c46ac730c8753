import type { ConsoleTask, HostReading } from '../schema.ts';

/** Taking tags and nested paging away from KVM, with the trap that a comma is. */

const parameter = (host: HostReading, name: string): string | undefined =>
  host.read(`/sys/module/kvm_intel/parameters/${name}`)?.trim();
const anyRuns = (host: HostReading): boolean =>
  host.domains().some(({ state }) => state !== 'shutoff');

export const WITHOUT_TAGS: ConsoleTask = {
  passed: (host) => parameter(host, 'ept') === 'N' && parameter(host, 'vpid') === 'N',
  hint: (host) => {
    const [ept, vpid] = [parameter(host, 'ept'), parameter(host, 'vpid')];
    if (ept === undefined) return 'load';
    if (anyRuns(host)) return 'in-use';
    return ept === 'N' && vpid === 'Y' ? 'comma' : 'reload';
  },
  hints: {
    en: {
      reload:
        'Both are parameters of kvm_intel and are read while it loads. Take the module away with modprobe -r, then load it with both.',
      'in-use':
        'A running guest uses the module, so it cannot be taken away. virsh list says which one runs.',
      load: 'kvm_intel is not loaded now. Parameters follow its name, each after a blank.',
      comma:
        'ept is off, vpid is not. Were they one word with a comma? Then all of it was ept’s value, and only its first letter counted. Take the module away and give them as two words.',
    },
    zh: {
      reload:
        '两个都是 kvm_intel 的参数，在加载时读取。先 modprobe -r 卸掉模块，再带上这两个参数加载。',
      'in-use': '有客户机在用这个模块，所以卸不掉。virsh list 显示是哪一台。',
      load: '现在没有加载 kvm_intel。参数写在模块名后面，每个前面一个空格。',
      comma:
        'ept 关了，vpid 没有。是不是用逗号连成了一个词？那样整个词都成了 ept 的值，而且只看第一个字符。卸掉模块，分成两个词再加载。',
    },
  },
  solution: ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0 vpid=0'],
  nearMisses: [
    // Loads without a word, and turns off the first only.
    ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0,vpid=0'],
    ['modprobe kvm_intel ept=0 vpid=0'],
  ],
};
