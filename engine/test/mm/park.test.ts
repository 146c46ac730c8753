import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm, Vm } from '../../src/kvm/kvm.ts';
import type { LinuxGuest } from '../../src/linux/linux.ts';
import { loadKvm } from '../../src/node.ts';
import { audit } from './audit.ts';

const MIB = 256;
const PAGES = 5000;
let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** A machine whose program has written its pages, some of them alike; then ksmd and swap did what they do. */
function machine(
  mode: 'ept' | 'shadow',
  backing: '4K' | '2M' | 'thp',
): { vm: Vm; linux: LinuxGuest } {
  kvm.start({ cpus: 1, frames: 64 * MIB });
  kvm.host.addSwap(32 * MIB);
  if (backing === '2M') kvm.resizePool('2M', 16);
  const vm = kvm.createVm({ mode, frames: 32 * MIB, levels: 4, nestedLevels: 4 });
  expect(kvm.backWith(vm, 0, 32 * MIB, backing)).toBe(true);
  const workload = { kind: 'idle', most: 0, rate: 1, period: 1000, writes: 0 } as const;
  const linux = kvm.startLinux(vm, { swap: 0, image: 1, seed: 1, workload });
  linux.startProgram(PAGES);
  for (let page = 0; page < PAGES; page++) linux.write(page, content(page));
  kvm.ksmPass(2);
  // Somebody else presses it out of memory, in part.
  const other = kvm.host.newProcess(60 * MIB);
  kvm.host.touch(other, 0, 45 * MIB, { content: 5 });
  kvm.host.endProcess(other);
  linux.pause(true);
  return { vm, linux };
}
const content = (page: number): number => (page % 3 === 0 ? 77 : page + 100);

describe('a machine that is saved', () => {
  it.each([
    ['ept', '4K'],
    ['ept', 'thp'],
    ['shadow', '4K'],
  ] as const)('%s, %s: leaves the host’s memory, and comes back as it was', (mode, backing) => {
    const { vm, linux } = machine(mode, backing);
    const process = kvm.host.processOf(vm);
    const before = { ...kvm.host.meminfo };
    const { pswpout } = kvm.host.vmstat;
    const file = kvm.host.park(process);
    if (file === null) throw new Error('not parked');
    expect(kvm.host.process(process).rss).toBe(0);
    // Its memory is free again, and so are its places on the swap area.
    expect(kvm.host.meminfo.MemFree).toBeGreaterThan(before.MemFree + 10_000);
    expect(kvm.host.meminfo.SwapFree).toBe(kvm.host.meminfo.SwapTotal);
    expect(kvm.host.vmstat.pswpout).toBe(pswpout);
    audit(kvm, [{ vm, mode }]);

    expect(kvm.host.unpark(process, file)).toBe(true);
    audit(kvm, [{ vm, mode }]);
    expect(kvm.host.meminfo.SwapFree).toBe(kvm.host.meminfo.SwapTotal);
    linux.pause(false);
    for (let page = 0; page < PAGES; page++) expect(linux.read(page)).toBe(content(page));
    audit(kvm, [{ vm, mode }]);
  });

  it('stays where it is when its memory is huge pages of a pool', () => {
    const { vm } = machine('ept', '2M');
    const process = kvm.host.processOf(vm);
    expect(kvm.host.park(process)).toBeNull();
    audit(kvm, [{ vm, mode: 'ept' }]);
  });

  it('is gone with its file', () => {
    const { vm } = machine('ept', '4K');
    const process = kvm.host.processOf(vm);
    const file = kvm.host.park(process) ?? -1;
    kvm.kill(vm);
    kvm.host.forgetParked(process, file);
    audit(kvm, [{ vm, mode: 'ept' }]);
    // Its number is free for a swap area again.
    expect(kvm.host.addSwap(MIB)).toBe(file);
  });
});
