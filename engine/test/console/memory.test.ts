import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { LiveConsole, teachingHost } from '../../src/console/index.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { MEMORY_PARTS, freeColumns, memoryParts, parseMeminfo } from '../../src/index.ts';
import { loadKvm } from '../../src/node.ts';
import { finish } from './finish.ts';

/** What is done at the console shows in /proc/meminfo line by line, and every kilobyte is somewhere. */

const MIB = 1024;
let kvm: Kvm;
let host: LiveConsole;
beforeAll(async () => {
  kvm = await loadKvm();
});
beforeEach(() => {
  host = new LiveConsole(kvm, teachingHost({ memory: 2_013_900 }), ALL_PARTS);
});

const sh = (line: string): string => {
  finish(host, line);
  const block = host.blocks.at(-1);
  return block === undefined
    ? ''
    : host
        .outputOf(block)
        .map(({ text }) => text)
        .join('');
};
const info = (): Map<string, number> => parseMeminfo(host.read('/proc/meminfo') ?? '');
/** How lines of /proc/meminfo change by what is typed, KiB. */
function changes(line: string, ...names: string[]): number[] {
  const before = info();
  sh(line);
  const after = info();
  return names.map((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0));
}

describe('files on a disk', () => {
  it('that are written are in the page cache, dirty until sync', () => {
    expect(
      changes('dd if=/dev/zero of=/var/tmp/f bs=1M count=200', 'Cached', 'Dirty', 'Shmem'),
    ).toEqual([200 * MIB, 200 * MIB, 0]);
    // What is dirty is not dropped.
    expect(changes('echo 1 > /proc/sys/vm/drop_caches', 'Dirty')).toEqual([0]);
    expect(info().get('Cached')).toBeGreaterThanOrEqual(200 * MIB);
    expect(changes('sync', 'Cached', 'Dirty')).toEqual([0, -200 * MIB]);
    expect(changes('echo 1 > /proc/sys/vm/drop_caches', 'Cached')[0]).toBe(-200 * MIB);
  });
  it('that are read are in the page cache as well, whoever reads them, and once', () => {
    sh('dd if=/dev/zero of=/var/tmp/f bs=1M count=300; sync; echo 1 > /proc/sys/vm/drop_caches');
    expect(changes('cat /var/tmp/f > /dev/null', 'Cached', 'Dirty')).toEqual([300 * MIB, 0]);
    expect(changes('cat /var/tmp/f > /dev/null', 'Cached', 'MemFree')).toEqual([0, 0]);
  });
  it('that programs have mapped are not dropped', () => {
    sh('echo 3 > /proc/sys/vm/drop_caches');
    const { Mapped, Cached, Shmem } = Object.fromEntries(info());
    expect(Mapped).toBeGreaterThan(0);
    expect(Cached).toBe((Mapped ?? 0) + (Shmem ?? 0));
  });
});

it('blocks of a disk that is read whole are Buffers', () => {
  expect(changes('dd if=/dev/vdb of=/dev/null bs=1M count=100', 'Buffers', 'Cached')).toEqual([
    100 * MIB,
    0,
  ]);
  expect(sh('free -wk')).toMatch(/buffers\s+cache/);
});

describe('files in memory only', () => {
  it('are Shmem and Cached, never dirty, and nothing drops them but rm', () => {
    const made = changes(
      'dd if=/dev/zero of=/dev/shm/f bs=1M count=100',
      'Shmem',
      'Cached',
      'Dirty',
      'AnonPages',
    );
    expect(made).toEqual([100 * MIB, 100 * MIB, 0, 0]);
    expect(changes('sync; echo 3 > /proc/sys/vm/drop_caches', 'Shmem')).toEqual([0]);
    expect(changes('rm /dev/shm/f', 'Shmem', 'Cached')).toEqual([-100 * MIB, -100 * MIB]);
  });
  it('take from what is available, as files on a disk do not', () => {
    const [inMemory = 0] = changes('dd if=/dev/zero of=/dev/shm/f bs=1M count=100', 'MemAvailable');
    const [onDisk = 0] = changes('dd if=/dev/zero of=/var/tmp/f bs=1M count=100', 'MemAvailable');
    expect(inMemory).toBeLessThanOrEqual(-100 * MIB);
    expect(onDisk).toBeGreaterThan(-MIB);
  });
  it('have as much room as their file system was given', () => {
    sh('mount -t tmpfs -o size=50m tmpfs /mnt');
    expect(sh('dd if=/dev/zero of=/mnt/f bs=1M count=60')).toContain('No space left on device');
    expect(sh('df -h /mnt')).toContain('100%');
    expect(changes('umount /mnt', 'Shmem')[0]).toBe(-50 * MIB);
  });
});

it('names of files can be dropped, but for those in use', () => {
  const [names = 0, free] = changes('echo 2 > /proc/sys/vm/drop_caches', 'SReclaimable', 'MemFree');
  expect(names).toBeLessThan(0);
  expect(free).toBe(-names);
  expect(info().get('SReclaimable')).toBeGreaterThan(0);
  expect(changes('echo 2 > /proc/sys/vm/drop_caches', 'SReclaimable')).toEqual([0]);
});

describe('memory of a program', () => {
  it('is AnonPages as it is touched, and free when the program ends', () => {
    const at = info();
    sh('memhog -r1000 400m > /dev/null &');
    host.act({ wait: 3000 });
    host.pump(host.session.host.clock.now);
    expect((info().get('AnonPages') ?? 0) - (at.get('AnonPages') ?? 0)).toBe(400 * MIB);
    expect(sh('ps -C memhog -o rss=').trim()).toMatch(/^4\d{5}$/m);
    sh('kill %1');
    expect(info().get('AnonPages')).toBe(at.get('AnonPages'));
  });
  it('is in huge pages, or not, as it asks; a wrong option is told its usage', () => {
    sh('memhog -r1000 200m > /dev/null & sleep 2');
    const huge = info().get('AnonHugePages') ?? 0;
    expect(huge).toBeGreaterThan(150 * MIB);
    sh('memhog -H -r1000 200m > /dev/null & sleep 2');
    expect(info().get('AnonHugePages')).toBe(huge);
    expect(info().get('AnonPages')).toBeGreaterThan(400 * MIB);
    expect(sh('memhog -x')).toMatch(/^memhog \[-fFILE\]/);
    expect(sh('memhog 1m interleave 0')).toBe('memhog: policies are not simulated\n');
  });
  it('that could never be is refused, and what is too much kills the program', () => {
    expect(sh('memhog 3g')).toContain('mmap: Cannot allocate memory');
    expect(host.exit).toBe(1);
    expect(sh('memhog 1960m')).toContain('Killed');
    expect(sh('dmesg | tail -1')).toContain('Out of memory: Killed process');
    expect(info().get('AnonPages')).toBeLessThan(100 * MIB);
  });
});

describe('free', () => {
  it('follows a file that lies over /proc/meminfo, and fails without /proc', () => {
    sh(
      "sed 's/^MemFree:.*/MemFree: 4242 kB/' /proc/meminfo > /tmp/m; mount --bind /tmp/m /proc/meminfo",
    );
    expect(sh('free -k')).toMatch(/Mem: +\d+ +\d+ +4242 /);
    sh('umount /proc/meminfo; umount -l /proc');
    expect(sh('free')).toBe('free: Memory information file /proc/meminfo does not exist\n');
    sh('mount -t proc proc /proc');
    expect(sh('free -k')).toContain('Mem:');
  });
  it('has the columns of the picture, and the parts of the picture are all of memory', () => {
    for (const line of [
      'true',
      'dd if=/dev/zero of=/var/tmp/f bs=1M count=300',
      'dd if=/dev/zero of=/dev/shm/f bs=1M count=100',
      'sysctl vm.nr_hugepages=64',
      'memhog -r1000 300m > /dev/null &',
      'virsh start alpine',
    ]) {
      sh(line);
      host.act({ wait: 1000 });
      host.pump(host.session.host.clock.now);
      const lines = info();
      const parts = memoryParts(lines);
      const sum = MEMORY_PARTS.reduce((all, part) => all + parts[part], 0);
      expect(sum, line).toBe(lines.get('MemTotal'));
      expect(parts.rest, line).toBeGreaterThan(0);
      const row = /^Mem: +(.*)$/m.exec(sh('free -k'))?.[1]?.split(/ +/).map(Number);
      expect(row, line).toEqual(Object.values(freeColumns(info())));
    }
  });
});

it('a line that never ends is interrupted', () => {
  finish(host, 'sleep 1000', 3000);
  expect(host.mode).toBe('line');
  expect(sh('echo on')).toBe('on\n');
});
