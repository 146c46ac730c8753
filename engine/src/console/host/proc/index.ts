import type { VirtualFolder, VirtualNode } from '../../fs/node.ts';
import type { Host } from '../host.ts';
import { disksOf } from '../disk.ts';
import { file, folder, listing } from '../tree.ts';
import { cpuinfoText } from './cpuinfo.ts';
import { meminfoText } from './meminfo.ts';
import { processFolder } from './process.ts';
import { sysctlTree } from './sysctl.ts';
import { vmstatText } from './vmstat.ts';

/** /proc: what the kernel tells of itself, worked out when it is read. */

const FILESYSTEMS: [nodev: boolean, name: string][] = [
  [true, 'sysfs'],
  [true, 'tmpfs'],
  [true, 'proc'],
  [true, 'cgroup2'],
  [true, 'devtmpfs'],
  [true, 'debugfs'],
  [true, 'hugetlbfs'],
  [true, 'devpts'],
  [false, 'ext4'],
];

/** Clock ticks that a processor was busy: the host idles but for what its guests do. */
function busyTicks(host: Host): { user: number; system: number; idle: number; wait: number } {
  const ticks = Math.floor(host.uptime / 10) * host.config.processor.count;
  // Starting up was work; after that only the guests and some housekeeping are.
  const started = Math.min(ticks, BOOT_TICKS * host.config.processor.count);
  const user = Math.floor(started * 0.36) + host.guestTicks;
  const system = Math.floor(started * 0.84) + Math.floor((ticks - started) * 0.004);
  const wait = Math.floor(started * 0.08);
  return { user, system, wait, idle: Math.max(0, ticks - user - system - wait) };
}
/** Of each processor, in the first minute. */
const BOOT_TICKS = 1500;

function statText(host: Host): string {
  const { user, system, idle, wait } = busyTicks(host);
  const { count } = host.config.processor;
  const part = (all: number): number => Math.floor(all / count);
  const row = (name: string, divide: (all: number) => number): string =>
    `${name} ${divide(user)} 0 ${divide(system)} ${divide(idle)} ${divide(wait)} 0 0 0 0 0\n`;
  const seconds = Math.floor(host.uptime / 1000);
  return [
    row('cpu ', (all) => all),
    ...Array.from({ length: count }, (_, cpu) => row(`cpu${cpu}`, part)),
    `intr ${9000 + seconds * 88}\nctxt ${2500 + seconds * 74}\nbtime ${Math.floor(host.state.bootedAt / 1000)}\n`,
    `processes ${host.scheduler.lastPid}\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n`,
  ].join('');
}

function diskstatsText(host: Host): string {
  const { vmstat } = host.memory;
  return Object.entries(disksOf(host.state))
    .map(([numbers, { name }]) => {
      const [major, minor] = numbers.split(':');
      const used = name.startsWith('vda');
      const read = used ? vmstat.pgpgin * 2 : 0;
      const written = used ? vmstat.pgpgout * 2 : 0;
      return `${String(major).padStart(4)}${String(minor).padStart(8)} ${name} ${Math.ceil(read / 64)} 0 ${read} ${Math.ceil(read / 32)} ${Math.ceil(written / 64)} 0 ${written} ${Math.ceil(written / 32)} 0 ${Math.ceil((read + written) / 64)} 0 0 0 0 0 0 0\n`;
    })
    .join('');
}

const ZONES = ['DMA', 'DMA32', 'Normal'];
/** Which zone a range of frames is, by where it ends. */
const zoneName = (start: number): string =>
  ZONES[start < 4096 ? 0 : start < 1048576 ? 1 : 2] ?? 'Normal';

function buddyinfoText(host: Host): string {
  const blocks = host.memory.buddyinfo;
  return host.memory.zones
    .map(({ start, cell }, index) => {
      const free = (blocks[index] ?? []).map((count) => `${String(count).padStart(6)} `).join('');
      return `Node ${cell}, zone ${zoneName(start).padStart(8)} ${free}\n`;
    })
    .join('');
}

function zoneinfoText(host: Host): string {
  return host.memory.zones
    .map(
      ({ start, end, cell, free, min, low, high, managed }) =>
        `Node ${cell}, zone ${zoneName(start).padStart(8)}\n  pages free     ${free}\n        boost    0\n        min      ${min}\n        low      ${low}\n        high     ${high}\n        spanned  ${end - start}\n        present  ${end - start}\n        managed  ${managed}\n        cma      0\n`,
    )
    .join('');
}

/** The whole of /proc/swaps (mm/swapfile.c, swap_show()). */
export function swapsText(host: Host): string {
  const rows = host.swaps.map(({ path, kind, size, used, priority }) => {
    const name = path.padEnd(40);
    const tab = (value: number): string => `${value}${String(value).length < 8 ? '\t' : ''}`;
    return `${name}${kind === 'file' ? 'file\t' : 'partition'}\t${tab(size)}\t${tab(used)}\t${priority}\n`;
  });
  return `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${rows.join('')}`;
}

function slabinfoText(): string {
  const rows: [string, number, number][] = [
    ['9p-fcall-cache-1', 0, 131072],
    ['Acpi-Operand', 1736, 72],
    ['Acpi-State', 306, 80],
    ['anon_vma', 2600, 136],
    ['buffer_head', 3900, 104],
    ['dentry', 21000, 192],
    ['ext4_inode_cache', 5400, 1176],
    ['inode_cache', 13400, 632],
    ['kmalloc-1k', 1904, 1024],
    ['kmalloc-4k', 616, 4096],
    ['kvm_vcpu', 0, 9152],
    ['radix_tree_node', 4956, 584],
    ['vm_area_struct', 9200, 152],
  ];
  return `slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n${rows
    .map(([name, count, size]) => {
      const per = Math.max(1, Math.floor(4096 / size));
      const slabs = Math.ceil(count / per);
      return `${name.padEnd(17)} ${String(count).padStart(6)} ${String(slabs * per).padStart(6)} ${String(size).padStart(6)} ${String(per).padStart(4)} ${String(Math.ceil(size / 4096)).padStart(4)} : tunables    0    0    0 : slabdata ${String(slabs).padStart(6)} ${String(slabs).padStart(6)}      0\n`;
    })
    .join('')}`;
}

/** The files that are not about one process. */
function wide(host: Host): Record<string, VirtualNode | (() => VirtualNode)> {
  const mounts = (): string =>
    host.fs.state.mounts
      .map(({ source, target, type, options }) => `${source} ${target} ${type} ${options} 0 0\n`)
      .join('');
  return {
    buddyinfo: file(() => buddyinfoText(host), null, 0o444),
    cmdline: file(
      () => 'BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda1 ro console=ttyS0\n',
    ),
    cpuinfo: file(() => cpuinfoText(host.config.processor)),
    devices: file(
      () =>
        'Character devices:\n  1 mem\n  5 /dev/tty\n 10 misc\n136 pts\n\nBlock devices:\n  7 loop\n253 device-mapper\n254 virtblk\n',
    ),
    diskstats: file(() => diskstatsText(host)),
    filesystems: file(() =>
      FILESYSTEMS.map(([nodev, name]) => `${nodev ? 'nodev' : ''}\t${name}\n`).join(''),
    ),
    interrupts: file(() => '           CPU0       \n'),
    kmsg: file(() => host.kmsg(), null, 0o400),
    loadavg: file(() => {
      const load = Math.min(host.guestsRunning, host.config.processor.count).toFixed(2);
      return `${load} ${load} ${load} 1/${host.shownProcesses.length} ${host.scheduler.lastPid}\n`;
    }),
    meminfo: file(() => meminfoText(host.memory, host.moreMeminfo)),
    misc: file(() => (host.hasKvm ? '232 kvm\n' : '')),
    modules: file(() => host.modulesText()),
    mounts: { type: 'link', target: 'self/mounts' },
    pagetypeinfo: file(() => buddyinfoText(host), null, 0o400),
    partitions: file(
      () =>
        `major minor  #blocks  name\n\n${Object.entries(disksOf(host.state))
          .filter(([, { bytes }]) => bytes > 0)
          .map(([numbers, { name, bytes }]) => {
            const [major, minor] = numbers.split(':');
            return `${String(major).padStart(4)} ${String(minor).padStart(8)} ${String(bytes / 1024).padStart(10)} ${name}\n`;
          })
          .join('')}`,
    ),
    pressure: folder({
      memory: file(
        () =>
          'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
        () => undefined,
      ),
    }),
    slabinfo: file(() => slabinfoText(), null, 0o400),
    stat: file(() => statText(host)),
    swaps: file(() => swapsText(host)),
    sys: () => sysctlTree(host),
    'sysrq-trigger': file(null, () => undefined, 0o200),
    uptime: file(() => {
      const { idle } = busyTicks(host);
      return `${(host.uptime / 1000).toFixed(2)} ${(idle / 100).toFixed(2)}\n`;
    }),
    version: file(
      () =>
        `Linux version ${host.uname.release} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${host.uname.version}\n`,
    ),
    vmstat: file(() => vmstatText(host.memory, host.moreMeminfo)),
    zoneinfo: file(() => zoneinfoText(host)),
    self: () => ({ type: 'link', target: String(host.self) }),
    'self/mounts': file(mounts),
  };
}

function pidFolder(host: Host, pid: number): VirtualNode | null {
  const process = host.shownProcesses.find((other) => other.pid === pid);
  if (process === undefined) return null;
  const running = host.scheduler.processes.find((other) => other.pid === pid);
  const base = processFolder(process, {
    cpus: host.config.processor.count,
    cells: host.config.cells.length,
    cwd: running?.cwd ?? '/',
    exe: host.pathOf(process),
    environ: [...(running?.env ?? [])].map(([name, value]) => `${name}=${value}\0`).join(''),
  });
  const { mounts } = { mounts: wide(host)['self/mounts'] };
  const more: Record<string, VirtualNode> = {
    fd: listing(
      () => [...(running?.fds.keys() ?? [])].map(String),
      (fd) => ({ type: 'link', target: running?.fds.get(Number(fd))?.name ?? '' }),
    ),
  };
  if (mounts !== undefined && typeof mounts !== 'function') more['mounts'] = mounts;
  const extended: VirtualFolder = {
    ...base,
    list: () => [...base.list(), ...Object.keys(more)].sort(),
    get: (name) => more[name] ?? base.get(name),
  };
  return extended;
}

export function procTree(host: Host): VirtualFolder {
  const files = wide(host);
  const names = Object.keys(files).filter((name) => !name.includes('/'));
  const base = folder(files);
  return {
    type: 'directory',
    mode: 0o555,
    list: () => [...host.shownProcesses.map(({ pid }) => String(pid)), ...names],
    get(name) {
      if (/^\d+$/.test(name)) return pidFolder(host, Number(name));
      if (!names.includes(name)) return null;
      return base.get(name);
    },
  };
}
