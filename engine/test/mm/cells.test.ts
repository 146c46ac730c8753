import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';
import { audit } from './audit.ts';

const MIB = 256;
let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** Two cells of 64 MiB; the kernel keeps 4 and 2 MiB of them. */
function start(): void {
  kvm.start({
    cpus: 2,
    frames: 128 * MIB,
    cells: [
      { frames: 64 * MIB, reserved: 4 * MIB },
      { frames: 64 * MIB, reserved: 2 * MIB },
    ],
  });
}

describe('a host with two NUMA cells', () => {
  it('says how much memory each has, and in all', () => {
    start();
    const [first, second] = kvm.host.cells;
    expect(first?.managed).toBe(60 * MIB);
    expect(second?.managed).toBe(62 * MIB);
    expect(second?.start).toBe(64 * MIB);
    expect(kvm.host.meminfo.MemTotal).toBe(122 * 1024);
    const reserved = kvm.host.totalsOf(1).find(({ kind }) => kind === 'reserved');
    expect(reserved?.frames).toBe(2 * MIB);
    audit(kvm, []);
  });

  it('takes memory from the cell near by, and from the other when that is full', () => {
    start();
    const process = kvm.host.newProcess(80 * MIB);
    kvm.host.setProcess(process, 'cell', 1);
    kvm.host.touch(process, 0, 16 * MIB, { content: 7 });
    const [, near] = kvm.host.cells;
    expect(near?.free).toBeLessThanOrEqual(46 * MIB);
    expect(kvm.host.cells[0]?.free).toBeGreaterThan(59 * MIB);
    kvm.host.touch(process, 16 * MIB, 64 * MIB, { content: 7 });
    expect(kvm.host.process(process).rss).toBe(80 * MIB);
    expect(kvm.host.cells[0]?.free).toBeLessThan(46 * MIB);
    audit(kvm, []);
    kvm.host.endProcess(process);
    expect(kvm.host.cells[1]?.free).toBeGreaterThan(61 * MIB);
    audit(kvm, []);
  });

  it('fills a pool of huge pages from both in turn, and a strict process has its own cell’s', () => {
    start();
    kvm.resizePool('2M', 20);
    expect(kvm.host.cells.map(({ huge2M }) => huge2M)).toEqual([10, 10]);
    const vm = kvm.createVm({ mode: 'ept', frames: 12 * MIB, levels: 4, nestedLevels: 4 });
    const process = kvm.host.processOf(vm);
    kvm.host.setProcess(process, 'cells', 0b10);
    expect(kvm.backWith(vm, 0, 12 * MIB, '2M')).toBe(true);
    kvm.host.touch(process, 0, 12 * MIB);
    expect(kvm.host.cells.map(({ free2M }) => free2M)).toEqual([10, 4]);
    expect(kvm.host.pool('2M').reserved).toBe(0);
    audit(kvm, [{ vm, mode: 'ept' }]);
    kvm.kill(vm);
    expect(kvm.host.cells.map(({ free2M }) => free2M)).toEqual([10, 10]);
    kvm.resizePool('2M', 0);
    expect(kvm.host.cells.map(({ huge2M }) => huge2M)).toEqual([0, 0]);
    audit(kvm, []);
  });

  it('keeps a file’s pages until the file is gone, dirty ones until they are synced', () => {
    start();
    const file = kvm.host.newFile(4 * MIB, 3);
    kvm.host.writeFile(file, 0, 2 * MIB, 9);
    expect(kvm.host.meminfo.Cached).toBe(2048);
    expect(kvm.host.meminfo.Dirty).toBe(2048);
    kvm.host.sync();
    expect(kvm.host.meminfo.Dirty).toBe(0);
    kvm.host.readFile(file, 2 * MIB, MIB);
    expect(kvm.host.meminfo.Cached).toBe(3072);
    kvm.host.forgetFile(file, MIB);
    expect(kvm.host.meminfo.Cached).toBe(1024);
    kvm.host.forgetFile(file, 0);
    expect(kvm.host.meminfo.Cached).toBe(0);
    audit(kvm, []);
  });
});
