import { allocated, slice, textOf, contentLength } from '../fs/content.ts';
import type { Extent } from '../fs/content.ts';
import { typeOf } from '../fs/file-system.ts';
import type { Place } from '../fs/file-system.ts';
import { Errno } from '../os/errno.ts';
import type { Process } from '../os/process.ts';
import type { Calls, Memory } from '../os/system.ts';
import type { HostState } from './state.ts';
import { MAPPER, disksOf } from './disk.ts';
import type { Mapped } from '../os/system.ts';
import type { Host } from './host.ts';

const PAGE = 4096;

/** Four bytes of a text in which bytes that are no letters are lone surrogates (os/stream.ts). */
function wordAt(text: string, at: number): number {
  let value = 0;
  for (let byte = 3; byte >= 0; byte--) value = value * 256 + (text.charCodeAt(at + byte) & 0xff);
  return value;
}

/** Options that only the mount table keeps (mount(8)). */
const GENERIC = new Set(
  'rw ro relatime noatime strictatime nosuid suid nodev dev noexec exec sync async defaults'.split(
    ' ',
  ),
);

const SUFFIXES: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

function bytesOf(text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  if (match === null) throw new Errno('EINVAL');
  return Number(match[1]) * (SUFFIXES[(match[2] ?? '').toUpperCase()] ?? 1);
}

/** Keeps what a mapped device holds under its name: its number is another's next time. */
export function holdMapped(state: HostState, name: string): void {
  const numbers = `${MAPPER}:${state.mapped.get(name)?.minor ?? 0}`;
  const content = state.disks.get(numbers);
  if (content !== undefined) state.disks.set(name, content);
  state.disks.delete(numbers);
}

/** What the host's kernel does for programs. */
export class HostCalls implements Calls {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  // A file or block device, and what lies on it.
  #storage(path: string): { place: Place; content: readonly Extent[]; isDevice: boolean } {
    const { fs, state } = this.#host;
    const place = fs.find(path, '/');
    if (place.kind === 'virtual' || typeOf(place) === 'directory') throw new Errno('EINVAL');
    const { device } = place.inode;
    if (device === undefined) {
      return { place, content: place.inode.content ?? [], isDevice: false };
    }
    const disk = disksOf(state)[device.join(':')];
    if (place.inode.type !== 'block' || disk === undefined) throw new Errno('EINVAL');
    const content = state.disks.get(device.join(':')) ?? [{ zero: disk.bytes }];
    return { place, content, isDevice: true };
  }

  swapon(path: string, flags: { priority: number | null; discard: boolean }): void {
    const host = this.#host;
    const { place, content, isDevice } = this.#storage(path);
    if (host.state.swaps.some((swap) => swap.path === place.path)) throw new Errno('EBUSY');
    const header = textOf(slice(content, 0, PAGE));
    if (!header.endsWith('SWAPSPACE2') || wordAt(header, 1024) !== 1) throw new Errno('EINVAL');
    if (content.some((extent) => 'hole' in extent)) {
      host.log(3, 'swapon: swapfile has holes');
      throw new Errno('EINVAL');
    }
    const last = wordAt(header, 1028);
    const pages = Math.min(last + 1, Math.floor(contentLength(content) / PAGE));
    if (pages < 2) throw new Errno('EINVAL');
    // The machine's own order of areas: those of the kernel's choice come after all others.
    const order = flags.priority ?? -2 - host.state.swaps.length;
    const handle = host.memory.addSwap(pages, order);
    if (handle === null) throw new Errno('EPERM');
    host.state.swaps.push({
      path: place.path,
      kind: isDevice ? 'partition' : 'file',
      handle,
      size: (pages - 1) * 4,
      priority: flags.priority,
    });
    const shown = host.swaps.at(-1);
    host.log(
      6,
      `Adding ${(pages - 1) * 4}k swap on ${place.path}.  Priority:${shown?.priority ?? -2} extents:1 across:${(pages - 1) * 4}k FS`,
    );
  }

  swapoff(path: string): void {
    const { fs, state, memory } = this.#host;
    // The file may have been removed while it was in use.
    let target = path;
    try {
      target = fs.find(path, '/').path;
    } catch (error) {
      if (!state.swaps.some((swap) => swap.path === path)) throw error;
    }
    const index = state.swaps.findIndex((swap) => swap.path === target);
    const area = state.swaps[index];
    if (area === undefined) throw new Errno('EINVAL');
    if (!memory.removeSwap(area.handle)) throw new Errno('ENOMEM');
    state.swaps.splice(index, 1);
  }

  mount(source: string, target: string, type: string, options: readonly string[]): void {
    const { fs, config } = this.#host;
    const place = fs.find(target, '/');
    if (typeOf(place) !== 'directory') throw new Errno('ENOTDIR');
    const flags = options.filter((option) => GENERIC.has(option));
    const special = options.filter((option) => !GENERIC.has(option) && option !== '');
    const shown = [flags.includes('ro') ? 'ro' : 'rw'];
    for (const flag of ['nosuid', 'nodev', 'noexec']) if (flags.includes(flag)) shown.push(flag);
    shown.push(flags.includes('noatime') ? 'noatime' : 'relatime');
    const valueOf = (name: string): string | undefined =>
      special.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
    const known = (names: readonly string[]): void => {
      for (const option of special) {
        if (!names.includes(option.split('=')[0] ?? '')) throw new Errno('EINVAL');
      }
    };
    let root: number | string;
    switch (type) {
      case 'hugetlbfs': {
        known(['pagesize', 'size', 'min_size', 'nr_inodes', 'mode', 'uid', 'gid']);
        const page = bytesOf(valueOf('pagesize') ?? '2M');
        if (page !== 2 * 1024 ** 2 && page !== 1024 ** 3) throw new Errno('EINVAL');
        shown.push(`pagesize=${page === 1024 ** 3 ? '1024M' : '2M'}`);
        const size = valueOf('size');
        if (size !== undefined) shown.push(`size=${bytesOf(size)}`);
        root = fs.newRoot();
        break;
      }
      case 'tmpfs': {
        known(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'huge', 'mpol']);
        const size = valueOf('size');
        if (size !== undefined) {
          const percent = /^(\d+)%$/.exec(size);
          const bytes =
            percent === null ? bytesOf(size) : (config.memory * 1024 * Number(percent[1])) / 100;
          shown.push(`size=${Math.floor(bytes / 1024)}k`);
        }
        shown.push('inode64');
        root = fs.newTmpfs(0o1777);
        break;
      }
      case 'proc':
      case 'sysfs':
      case 'debugfs':
        known(['hidepid']);
        root = { proc: 'proc', sysfs: 'sys', debugfs: 'debug' }[type];
        break;
      case 'ext4': {
        known(['errors', 'data', 'discard']);
        const { content, place: device } = this.#storage(source);
        if (!textOf(slice(content, 1024, 4)).startsWith('ext4')) throw new Errno('EINVAL');
        const there = fs.state.mounts.find((mount) => mount.source === device.path);
        root = there?.root ?? fs.newRoot();
        break;
      }
      default:
        throw new Errno('ENODEV');
    }
    fs.mount({ target: place.path, source, type, options: shown.join(','), root });
  }

  bind(source: string, target: string): void {
    const { fs } = this.#host;
    const from = fs.find(source, '/');
    if (from.kind !== 'inode') throw new Errno('EINVAL');
    const to = fs.find(target, '/');
    if ((typeOf(from) === 'directory') !== (typeOf(to) === 'directory')) throw new Errno('ENOTDIR');
    fs.state.mounts.push({
      target: to.path,
      source: from.mount.source,
      type: from.mount.type,
      options: from.mount.options,
      root: from.ino,
    });
  }

  umount(target: string, lazy: boolean): void {
    const { fs, scheduler } = this.#host;
    const { path } = fs.find(target, '/');
    if (!fs.state.mounts.some((mount) => mount.target === path)) throw new Errno('EINVAL');
    const inside = (other: string): boolean => other === path || other.startsWith(`${path}/`);
    const only = fs.state.mounts.filter((mount) => mount.target === path).length === 1;
    // The system's own services have files of these open.
    const isUsed = ['/proc', '/sys', '/dev', '/run'].includes(path);
    if (!lazy && only && (isUsed || scheduler.processes.some(({ cwd }) => inside(cwd)))) {
      throw new Errno('EBUSY');
    }
    fs.unmount(path);
  }

  insertModule(name: string, parameters: string): void {
    this.#host.insertModule(name, parameters);
  }
  removeModule(name: string): void {
    this.#host.removeModule(name);
  }
  statfs(target: string): { size: number; used: number } {
    const { fs, config } = this.#host;
    const mount = fs.state.mounts.findLast((other) => other.target === target);
    if (mount === undefined) throw new Errno('ENOENT');
    const used = (): number => {
      if (typeof mount.root !== 'number') return 0;
      let sum = 0;
      const walk = (ino: number): void => {
        const inode = fs.state.inodes.get(ino);
        sum += allocated(inode?.content ?? []);
        for (const child of inode?.entries?.values() ?? []) walk(child);
      };
      walk(mount.root);
      return sum;
    };
    if (mount.type === 'tmpfs') {
      const size = /size=(\d+)k/.exec(mount.options);
      return {
        size: size === null ? (config.memory / 2) * 1024 : Number(size[1]) * 1024,
        used: used(),
      };
    }
    if (mount.type === 'hugetlbfs') {
      const size = /size=(\d+)/.exec(mount.options.replace(/pagesize=\w+/, ''));
      return { size: size === null ? 0 : Number(size[1]), used: 0 };
    }
    if (mount.type !== 'ext4') return { size: 0, used: 0 };
    // What a system of Debian has on its disk besides what is simulated.
    return { size: 20_956_397_568, used: 2_147_483_648 + used() };
  }
  mapDevice(name: string, bytes: number, on: string): void {
    const { state, fs } = this.#host;
    const used = new Set([...state.mapped.values()].map(({ minor }) => minor));
    let minor = 0;
    while (used.has(minor)) minor++;
    state.mapped.set(name, { minor, bytes, on });
    // What was written to it when it was there before.
    const held = state.disks.get(name);
    if (held !== undefined) {
      const kept = slice(held, 0, bytes);
      const more = bytes - contentLength(kept);
      state.disks.set(`${MAPPER}:${minor}`, more > 0 ? [...kept, { zero: more }] : kept);
      state.disks.delete(name);
    }
    // udev makes the node, and the links by which people know it.
    fs.mknod(`/dev/dm-${minor}`, '/', 'block', [MAPPER, minor], 0o660);
    if (!fs.exists('/dev/mapper')) fs.mkdir('/dev/mapper', '/');
    fs.symlink(`../dm-${minor}`, `/dev/mapper/${name}`, '/');
  }
  unmapDevice(name: string): void {
    const { state, fs } = this.#host;
    const device = state.mapped.get(name);
    if (device === undefined) throw new Errno('ENXIO');
    const path = `/dev/dm-${device.minor}`;
    const isUsed =
      state.swaps.some((swap) => swap.path === path) ||
      fs.state.mounts.some(({ source }) => [path, `/dev/mapper/${name}`].includes(source));
    if (isUsed) throw new Errno('EBUSY');
    holdMapped(state, name);
    state.mapped.delete(name);
    fs.unlink(`/dev/mapper/${name}`, '/');
    fs.unlink(path, '/');
  }
  get mapped(): ReadonlyMap<string, Mapped> {
    return this.#host.state.mapped;
  }
  mapMemory(process: Process, bytes: number, huge: boolean): Memory {
    return this.#host.mapMemory(process, bytes, huge);
  }
  sync(): void {
    this.#host.memory.sync();
  }
  reboot(how: 'restart' | 'off'): void {
    this.#host.state.powered = how;
    this.#host.log(4, how === 'restart' ? 'reboot: Restarting system' : 'reboot: Power down');
  }
  get cpus(): readonly number[] {
    return Array.from({ length: this.#host.config.processor.count }, (_, cpu) => cpu);
  }
}
