import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { readHostConfig } from '../../src/console/host/config.ts';
import { Console } from '../../src/console/session.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { ledgersOf } from '../../src/mm/ledgers.ts';
import type { Ledgers } from '../../src/mm/ledgers.ts';
import { loadKvm } from '../../src/node.ts';

/** Commands act on the engine's machine, and its numbers are what they print. */

const GIB = 1024 ** 2;

let kvm: Kvm;
let host: Console;
beforeAll(async () => {
  kvm = await loadKvm();
});
beforeEach(() => {
  host = new Console(kvm, readHostConfig({}), ALL_PARTS);
});

const sh = (line: string): string => {
  const { stdout, stderr, exit } = host.run(line);
  expect(stderr, line).toBe('');
  expect(exit, line).toBe(0);
  return stdout;
};
const refused = (line: string): string => {
  const { stderr, exit } = host.run(line);
  expect(exit, line).not.toBe(0);
  return stderr;
};
/** A line of the host's /proc/meminfo as the console prints it, KiB or pages. */
const said = (name: string): number => Number(sh(`awk '$1=="${name}:" {print $2}' /proc/meminfo`));
/** What the engine counts for the guest of a domain. */
function ledgers(domain: string): Ledgers {
  const record = [...host.host.state.machines.values()].find(({ spec }) => spec.name === domain);
  if (record === undefined) throw new Error(`${domain} does not run`);
  const { memory } = host.host;
  const process = memory.process(memory.processOf(record.vm as never));
  return ledgersOf(kvm.linux(record.linux), record.spec.memory / 4, process);
}
function start(domain: string): void {
  sh(`virsh start ${domain}`);
  for (let seconds = 0; !host.host.machines.isUp(domain); seconds++) {
    expect(seconds).toBeLessThan(60);
    host.wait(1000);
  }
}
/** What a command prints at the guest's own console. */
function inGuest(domain: string, line: string): string {
  let shown = '';
  const { terminal, shell } = host.interact((text) => {
    shown += text;
  }, `virsh console ${domain}`);
  const type = (text: string): void => {
    host.wait(500);
    terminal.type(text);
    host.wait(1500);
  };
  type('\r');
  shown = '';
  type(`${line}\r`);
  const answer = shown.replaceAll('\r', '');
  type('\x1d');
  expect(shell.status).toBe(0);
  return answer;
}
const freeInGuest = (domain: string): number =>
  Number(/^Mem:\s+(\d+)/m.exec(inGuest(domain, 'free'))?.[1]);

describe('virsh reset', () => {
  const WATCH = 'virsh event --event reboot --loop --timeout 3 | tail -2 | head -1';

  it('is told of twice, as the BIOS resets the machine once more', () => {
    sh('virsh start debian12');
    expect(sh(`(sleep 1; virsh reset debian12 > /dev/null) & ${WATCH}`)).toBe(
      'events received: 2\n',
    );
  });

  it('leaves the second time to come where the machine is held', () => {
    sh('virsh start debian12; virsh suspend debian12');
    expect(sh(`(sleep 1; virsh reset debian12 > /dev/null) & ${WATCH}`)).toBe(
      'events received: 1\n',
    );
    expect(sh(`(sleep 1; virsh resume debian12 > /dev/null) & ${WATCH}`)).toBe(
      'events received: 1\n',
    );
  });
});

describe('virsh setmem', () => {
  it('inflates the balloon: the guest has less, the host has more, frame for frame', () => {
    start('debian12');
    sh('virsh setmem debian12 2G --live');
    host.wait(30_000);
    const [guestBefore, hostBefore] = [freeInGuest('debian12'), said('MemFree')];
    const before = ledgers('debian12');
    // What the guest has touched, the balloon can give back.
    inGuest('debian12', 'dd if=/dev/zero of=/tmp/x bs=1M count=600; rm /tmp/x');
    sh('virsh setmem debian12 512M --live');
    host.wait(60_000);
    const after = ledgers('debian12');
    expect(before.libvirt.actual).toBe(2 * GIB);
    expect(after.libvirt.actual).toBe(GIB / 2);
    expect(after.guest.MemTotal).toBe(before.guest.MemTotal - 1.5 * GIB);
    expect(freeInGuest('debian12')).toBe(after.guest.MemTotal);
    expect(guestBefore).toBe(before.guest.MemTotal);
    expect(sh('virsh dommemstat debian12')).toContain(`actual ${GIB / 2}\n`);
    expect(sh('virsh dominfo debian12')).toMatch(/Used memory: +524288 KiB/);
    expect(after.host.VmRSS).toBeLessThanOrEqual(GIB / 2 + 200 * 1024);
    expect(said('MemFree')).toBeGreaterThan(hostBefore - 400 * 1024);
    expect(said('MemFree')).toBe(kvm.host.meminfo.MemFree);
  });

  it('deflates it again up to the maximum, and not beyond', () => {
    start('debian12');
    expect(ledgers('debian12').libvirt.actual).toBe(GIB);
    sh('virsh setmem debian12 2G --live');
    host.wait(30_000);
    expect(ledgers('debian12').libvirt.actual).toBe(2 * GIB);
    expect(refused('virsh setmem debian12 3G --live')).toBe(
      'error: invalid argument: cannot set memory higher than max memory\n',
    );
  });
});

describe('huge pages', () => {
  it('sysctl takes them from what is free', () => {
    const before = said('MemFree');
    expect(sh('sysctl vm.nr_hugepages=500')).toBe('vm.nr_hugepages = 500\n');
    expect(said('HugePages_Total')).toBe(500);
    expect(said('HugePages_Free')).toBe(500);
    expect(kvm.poolAvailable('2M')).toBe(500);
    const taken = before - said('MemFree');
    // 500 pages of 2 MiB, and what the commands themselves have read from the disk meanwhile.
    expect(taken).toBeGreaterThanOrEqual(500 * 2048);
    expect(taken).toBeLessThan(500 * 2048 + 8192);
  });

  const withHugePages =
    "virsh dumpxml alpine | sed 's#</currentMemory>#&<memoryBacking><hugepages/></memoryBacking>#' > /tmp/a.xml; virsh define /tmp/a.xml";

  it('a guest with <hugepages/> takes them', () => {
    sh('sysctl -q vm.nr_hugepages=500');
    sh(withHugePages);
    start('alpine');
    expect(said('HugePages_Total')).toBe(500);
    expect(said('HugePages_Free')).toBeLessThan(500);
    expect(ledgers('alpine').host.HugetlbPages).toBe(
      (said('HugePages_Total') - said('HugePages_Free')) * 2048,
    );
    sh('virsh destroy alpine');
    expect(said('HugePages_Free')).toBe(500);
  });

  it('where there are too few it does not start, in the words of QEMU', () => {
    sh('sysctl -q vm.nr_hugepages=100');
    sh(withHugePages);
    expect(refused('virsh start alpine')).toMatch(
      /^error: Failed to start domain 'alpine'\nerror: internal error: .*qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory\n$/s,
    );
    expect(said('HugePages_Free')).toBe(100);
    expect(sh('virsh domstate alpine')).toBe('shut off\n\n');
  });
});

describe('swap', () => {
  it('swapon gives the kernel a place to put pages, and under pressure it does', () => {
    sh('dd if=/dev/zero of=/swapfile bs=1M count=1024 status=none; chmod 600 /swapfile');
    sh('mkswap /swapfile; swapon /swapfile');
    expect(kvm.host.meminfo.SwapTotal).toBe(GIB - 4);
    expect(sh('free -k')).toMatch(new RegExp(`^Swap: +${GIB - 4} +0 +${GIB - 4}$`, 'm'));
    // Huge pages cannot be swapped: they leave the guest less than it is going to write.
    sh('sysctl -q vm.nr_hugepages=3400');
    start('debian12');
    sh('virsh setmem debian12 2G --live');
    host.wait(30_000);
    inGuest('debian12', 'dd if=/dev/zero of=/tmp/x bs=1M count=1000');
    expect(kvm.host.meminfo.SwapFree).toBeLessThan(GIB - 4);
    expect(ledgers('debian12').host.VmSwap).toBeGreaterThan(0);
    expect(said('SwapFree')).toBe(kvm.host.meminfo.SwapFree);
    sh('sysctl -q vm.nr_hugepages=0; swapoff /swapfile');
    expect(kvm.host.meminfo.SwapTotal).toBe(0);
    expect(ledgers('debian12').host.VmSwap).toBe(0);
  });
});

describe('KSM', () => {
  it('merges pages of guests that hold the same, and echo 2 parts them again', () => {
    start('alpine');
    start('debian12');
    const before = said('MemFree');
    sh('echo 4000 > /sys/kernel/mm/ksm/pages_to_scan; echo 1 > /sys/kernel/mm/ksm/run');
    host.wait(10_000);
    const sharing = Number(sh('cat /sys/kernel/mm/ksm/pages_sharing'));
    const shared = Number(sh('cat /sys/kernel/mm/ksm/pages_shared'));
    expect(shared).toBeGreaterThan(100);
    expect(sharing).toBeGreaterThan(shared);
    const saved = said('MemFree') - before;
    expect(saved).toBeGreaterThan(sharing * 2);
    sh('echo 2 > /sys/kernel/mm/ksm/run');
    host.wait(1000);
    expect(sh('cat /sys/kernel/mm/ksm/pages_shared')).toBe('0\n');
  });
});

describe('the module kvm_intel', () => {
  it('is not taken away under a guest; without EPT the next guest runs on shadow page tables', () => {
    start('alpine');
    expect(refused('modprobe -r kvm_intel && modprobe kvm_intel ept=0')).toBe(
      'modprobe: FATAL: Module kvm_intel is in use.\n',
    );
    expect(sh('cat /sys/module/kvm_intel/parameters/ept')).toBe('Y\n');
    const counted = (): Record<string, number> =>
      Object.fromEntries(
        sh('cd /sys/kernel/debug/kvm; grep . mmu_shadow_zapped tlb_flush pf_taken')
          .trim()
          .split('\n')
          .map((line) => line.split(':') as [string, string])
          .map(([name, value]) => [name, Number(value)]),
      );
    expect(sh("virsh qemu-monitor-command alpine --hmp 'info kvm'")).toContain('enabled');
    sh('virsh destroy alpine');
    sh('modprobe -r kvm_intel && modprobe kvm_intel ept=0');
    expect(sh('cat /sys/module/kvm_intel/parameters/ept')).toBe('N\n');
    start('alpine');
    const [record] = [...host.host.state.machines.values()];
    // Shadow page tables of a guest that runs, and no tables from guest-physical to host-physical.
    expect(kvm.shadowPages(record!.vm as never).length).toBeGreaterThan(0);
    expect(counted()['mmu_shadow_zapped']).toBeGreaterThanOrEqual(0);
  });
});

describe.each(['', 'modprobe -r kvm_intel; modprobe kvm_intel ept=0'])(
  'a saved guest %s',
  (before) => {
    it('leaves the tables that KVM had for it, and makes them again as it goes on', () => {
      if (before !== '') sh(before);
      const free = said('SecPageTables');
      start('debian12');
      expect(said('SecPageTables')).toBeGreaterThan(free + 8);
      sh('virsh managedsave debian12');
      // The root of nested tables stays.
      expect(said('SecPageTables')).toBeLessThanOrEqual(free + 4);
      start('debian12');
      host.wait(5000);
      expect(said('SecPageTables')).toBeGreaterThan(free + 8);
      expect(inGuest('debian12', 'free -m')).toContain('Mem:');
      sh('virsh destroy debian12');
      expect(said('SecPageTables')).toBe(free);
    });
  },
);
