import { Errno } from '../os/errno.ts';
import { held } from '../os/stream.ts';
import type { Open, Sink, Source } from '../os/stream.ts';
import {
  allocated,
  byteLength,
  contentLength,
  overwrite,
  resize,
  slice,
  textOf,
} from './content.ts';
import type { Extent } from './content.ts';
import type { Device, Inode, Stat, VirtualNode } from './node.ts';

/** All files of a system: plain data, but for what lies in trees that are worked out when they are read. */
export interface FileState {
  next: number;
  inodes: Map<number, Inode>;
  /** The oldest first; a later one covers an earlier one at the same place. */
  mounts: Mount[];
}

export interface Mount {
  /** Where it lies, absolute. */
  target: string;
  /** What the first column of /proc/mounts says. */
  source: string;
  type: string;
  options: string;
  /** Its root: an inode's number, or the name of a virtual tree. */
  root: number | string;
}

/** Where a path leads: an inode of a disk, or a node of a virtual tree. */
export type Place =
  | { kind: 'inode'; path: string; ino: number; inode: Inode; mount: Mount }
  | { kind: 'virtual'; path: string; node: VirtualNode; mount: Mount };

export interface OpenFlags {
  read?: boolean;
  write?: boolean;
  create?: boolean;
  /** It must not be there yet. */
  exclusive?: boolean;
  truncate?: boolean;
  append?: boolean;
  /** Permission bits of a file that is made. */
  mode?: number;
}

/** What a file system needs of its system. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  wall(): number;
  /** The root of a virtual tree. */
  virtual(name: string): VirtualNode;
  device(numbers: readonly [number, number]): Device | null;
  /** A file's bytes were read or written: the page cache has them from now on. */
  touched?(inode: Inode, offset: number, length: number, wrote: boolean): void;
  /** A file is to grow by so many bytes. Throws ENOSPC where there is no room for them. */
  reserve?(inode: Inode, bytes: number): void;
  /** A file is gone, or cut to this length: so is its cache. */
  dropped?(inode: Inode, length: number): void;
  /** Who types: `root` has no limits. */
  readonly uid: number;
  /** What the program that runs holds open under a number. */
  held?(fd: number): Open | undefined;
}

const LINKS_MOST = 40;
/** Pieces of text that a file may have: what is written without an end fills the disk. */
const TEXTS_MOST = 1000;
const NAME_MOST = 255;
const PATH_MOST = 4096;

export class FileSystem {
  readonly state: FileState;
  readonly #around: Surroundings;

  constructor(state: FileState, around: Surroundings) {
    this.state = state;
    this.#around = around;
  }

  /** A path made absolute, without `.`, `..` and doubled slashes; links are not looked at. */
  static absolute(path: string, cwd: string): string {
    const parts: string[] = [];
    for (const part of `${path.startsWith('/') ? '' : `${cwd}/`}${path}`.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  #mountAt(target: string): Mount | null {
    return this.state.mounts.findLast((mount) => mount.target === target) ?? null;
  }

  #rootOf(mount: Mount): Place {
    const path = mount.target;
    if (typeof mount.root === 'string') {
      return { kind: 'virtual', path, node: this.#around.virtual(mount.root), mount };
    }
    return { kind: 'inode', path, ino: mount.root, inode: this.#inode(mount.root), mount };
  }

  #inode(ino: number): Inode {
    const inode = this.state.inodes.get(ino);
    if (inode === undefined) throw new Errno('EIO');
    return inode;
  }

  /** What lies under a name in a folder; null where nothing does. */
  #child(folder: Place, name: string): Place | null {
    const path = folder.path === '/' ? `/${name}` : `${folder.path}/${name}`;
    const mount = this.#mountAt(path);
    if (mount !== null) return this.#rootOf(mount);
    if (folder.kind === 'virtual') {
      if (folder.node.type !== 'directory') return null;
      const node = folder.node.get(name);
      return node === null ? null : { kind: 'virtual', path, node, mount: folder.mount };
    }
    const ino = folder.inode.entries?.get(name);
    if (ino === undefined) return null;
    return { kind: 'inode', path, ino, inode: this.#inode(ino), mount: folder.mount };
  }

  /**
   * Where a path leads. Symbolic links on the way are followed, the last one where `follow` says so. Throws
   * `Errno`: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG.
   */
  find(path: string, cwd: string, follow = true): Place {
    if (path === '') throw new Errno('ENOENT');
    if (path.length > PATH_MOST) throw new Errno('ENAMETOOLONG');
    // A pipe is no file of a disk: what is asked of it is what is true of a device.
    if (follow && this.#held(path) !== undefined) return this.find('/dev/null', '/');
    let links = 0;
    const root = this.#mountAt('/');
    if (root === null) throw new Errno('ENOENT');
    const walked: Place[] = [this.#rootOf(root)];
    const rest = `${path.startsWith('/') ? '' : `${cwd}/`}${path}`.split('/');
    const mustBeFolder = /\/\.?$/.test(path);
    while (rest.length > 0) {
      const part = rest.shift() ?? '';
      const here = walked.at(-1);
      if (here === undefined) throw new Errno('ENOENT');
      if (part === '' || part === '.') {
        if (part === '.' && typeOf(here) !== 'directory') throw new Errno('ENOTDIR');
        continue;
      }
      if (typeOf(here) !== 'directory') throw new Errno('ENOTDIR');
      if (part === '..') {
        if (walked.length > 1) walked.pop();
        continue;
      }
      if (part.length > NAME_MOST) throw new Errno('ENAMETOOLONG');
      const next = this.#child(here, part);
      if (next === null) throw new Errno('ENOENT');
      const isLast = rest.every((other) => other === '');
      const target = linkTarget(next);
      if (target !== null && (!isLast || follow || mustBeFolder)) {
        if (++links > LINKS_MOST) throw new Errno('ELOOP');
        rest.unshift(...target.split('/'));
        if (target.startsWith('/')) walked.length = 1;
        continue;
      }
      walked.push(next);
    }
    const last = walked.at(-1);
    if (last === undefined) throw new Errno('ENOENT');
    if (mustBeFolder && typeOf(last) !== 'directory') throw new Errno('ENOTDIR');
    return last;
  }

  exists(path: string, cwd = '/'): boolean {
    try {
      this.find(path, cwd);
      return true;
    } catch {
      return false;
    }
  }

  /** The folder that a path's last part lies in, and that part. The part need not be there. */
  parent(path: string, cwd: string): { folder: Place; name: string } {
    const trimmed = path.replace(/\/+$/, '');
    if (trimmed === '') throw new Errno(path === '' ? 'ENOENT' : 'EEXIST');
    const slash = trimmed.lastIndexOf('/');
    const name = trimmed.slice(slash + 1);
    const folder = this.find(slash < 0 ? '.' : trimmed.slice(0, slash + 1), cwd);
    if (typeOf(folder) !== 'directory') throw new Errno('ENOTDIR');
    if (name.length > NAME_MOST) throw new Errno('ENAMETOOLONG');
    return { folder, name };
  }

  stat(path: string, cwd: string, follow = true): Stat {
    return this.statOf(this.find(path, cwd, follow));
  }

  statOf(place: Place): Stat {
    if (place.kind === 'inode') {
      const { inode, ino } = place;
      const content = inode.content ?? [];
      const isFolder = inode.type === 'directory';
      return {
        type: inode.type,
        mode: inode.mode,
        uid: inode.uid,
        gid: inode.gid,
        size: isFolder ? 4096 : (inode.target?.length ?? contentLength(content)),
        blocks: isFolder ? 8 : Math.ceil(allocated(content) / 4096) * 8,
        nlink: inode.nlink,
        ino,
        mtime: inode.mtime,
        device: inode.device ?? null,
        target: inode.target ?? null,
      };
    }
    const { node } = place;
    const mode = { file: 0o444, directory: 0o555, link: 0o777 }[node.type];
    return {
      type: node.type,
      mode: node.type === 'link' ? mode : (node.mode ?? mode),
      uid: 0,
      gid: 0,
      size: node.type === 'file' ? (node.size ?? 0) : 0,
      blocks: 0,
      nlink: node.type === 'directory' ? 2 : 1,
      ino: 1,
      mtime: this.#around.wall(),
      device: null,
      target: node.type === 'link' ? node.target : null,
    };
  }

  /** Names in a folder, sorted as the C locale sorts. Throws ENOTDIR. */
  list(path: string, cwd: string): string[] {
    return this.listOf(this.find(path, cwd));
  }

  listOf(place: Place): string[] {
    if (typeOf(place) !== 'directory') throw new Errno('ENOTDIR');
    const names = new Set(
      place.kind === 'inode'
        ? [...(place.inode.entries?.keys() ?? [])]
        : place.node.type === 'directory'
          ? place.node.list()
          : [],
    );
    const prefix = place.path === '/' ? '/' : `${place.path}/`;
    for (const { target } of this.state.mounts) {
      if (
        target.startsWith(prefix) &&
        target !== '/' &&
        !target.slice(prefix.length).includes('/')
      ) {
        names.add(target.slice(prefix.length));
      }
    }
    return [...names].sort();
  }

  /** All of a file as text. Throws EISDIR, EACCES, and what a virtual file throws. */
  read(path: string, cwd = '/'): string {
    const place = this.find(path, cwd);
    if (typeOf(place) === 'directory') throw new Errno('EISDIR');
    if (place.kind === 'virtual') return readVirtual(place.node);
    if (place.inode.device !== undefined) throw new Errno('EINVAL');
    const content = place.inode.content ?? [];
    this.#around.touched?.(place.inode, 0, contentLength(content), false);
    return textOf(content);
  }

  /** Makes a file, or replaces what it holds. */
  write(path: string, text: string, cwd = '/', mode = 0o644): void {
    const open = this.open(path, cwd, { write: true, create: true, truncate: true, mode });
    try {
      if (text !== '') open.write(text);
    } finally {
      open.open.close();
    }
  }

  // What a path names that is open already.
  #held(path: string): Open | undefined {
    const fd = /^\/(?:dev|proc\/self)\/(?:fd\/(\d+)|std(in|out|err))$/.exec(path);
    if (fd === null) return undefined;
    return this.#around.held?.(Number(fd[1] ?? ['in', 'out', 'err'].indexOf(fd[2] ?? '')));
  }

  /** Opens a file. Throws `Errno`. */
  open(path: string, cwd: string, flags: OpenFlags): OpenFile {
    const held = this.#held(path);
    if (held !== undefined) {
      // Linux would give the pipe's other end here, and who reads its own output waits for ever.
      const can =
        (flags.read !== true || held.source !== null) &&
        (flags.write !== true || held.sink !== null);
      if (!can) throw new Errno('EACCES');
      return new HeldOpen(path, held);
    }
    let place: Place;
    try {
      place = this.find(path, cwd);
      if (flags.exclusive === true) throw new Errno('EEXIST');
    } catch (error) {
      const missing = error instanceof Errno && error.code === 'ENOENT';
      if (!missing || flags.create !== true) throw error;
      place = this.#create(path, cwd, {
        type: 'file',
        mode: flags.mode ?? 0o644,
        content: [],
      });
    }
    if (typeOf(place) === 'directory' && flags.write === true) throw new Errno('EISDIR');
    if (place.kind === 'virtual') return new VirtualOpen(place.path, place.node, flags);
    const { inode } = place;
    if (inode.device !== undefined) {
      const device = this.#around.device(inode.device);
      if (device === null) throw new Errno('ENXIO');
      return new DeviceOpen(place.path, inode, device, this.#around);
    }
    if (flags.truncate === true && flags.write === true) this.truncateInode(inode, 0);
    if (flags.write === true && place.mount.type === 'hugetlbfs') {
      // Its files are mapped, never written (hugetlbfs has no write_iter()).
      return new VirtualOpen(place.path, { type: 'file', mode: 0o644, write: noWrite }, flags);
    }
    return new InodeOpen(place.path, inode, flags, this.#around);
  }

  /** `tmpfs` is what the folder that it is made in belongs to. */
  #newInode(inode: Omit<Inode, 'uid' | 'gid' | 'mtime' | 'nlink'>, tmpfs?: number): number {
    const ino = this.state.next++;
    this.state.inodes.set(ino, {
      uid: this.#around.uid,
      gid: this.#around.uid,
      mtime: this.#around.wall(),
      nlink: inode.type === 'directory' ? 2 : 1,
      ...inode,
      ...(tmpfs === undefined ? {} : { tmpfs }),
    });
    return ino;
  }

  #create(path: string, cwd: string, inode: Omit<Inode, 'uid' | 'gid' | 'mtime' | 'nlink'>): Place {
    // A link that leads nowhere: what it names is made.
    const { folder, name } = this.parent(this.#throughLinks(path, cwd), cwd);
    if (name === '.' || name === '..') throw new Errno('EEXIST');
    if (this.#child(folder, name) !== null) throw new Errno('EEXIST');
    if (folder.kind === 'virtual') {
      // procfs has no names to make; sysfs lets nobody make any.
      const isProc = folder.mount.type === 'proc';
      throw new Errno(isProc ? 'ENOENT' : inode.type === 'directory' ? 'EPERM' : 'EACCES');
    }
    const ino = this.#newInode(inode, folder.inode.tmpfs);
    folder.inode.entries?.set(name, ino);
    folder.inode.mtime = this.#around.wall();
    if (inode.type === 'directory') folder.inode.nlink++;
    const child = this.#child(folder, name);
    if (child === null) throw new Errno('EIO');
    return child;
  }

  #throughLinks(path: string, cwd: string): string {
    let at = path;
    for (let links = 0; links < LINKS_MOST; links++) {
      let target: string | null;
      try {
        target = linkTarget(this.find(at, cwd, false));
      } catch {
        return at;
      }
      if (target === null) return at;
      at = target.startsWith('/') ? target : `${at.replace(/[^/]*$/, '')}${target}`;
    }
    throw new Errno('ELOOP');
  }

  mkdir(path: string, cwd: string, mode = 0o755): void {
    this.#create(path, cwd, { type: 'directory', mode, entries: new Map() });
  }

  symlink(target: string, path: string, cwd: string): void {
    const { folder, name } = this.parent(path, cwd);
    if (this.#child(folder, name) !== null) throw new Errno('EEXIST');
    if (folder.kind === 'virtual') throw new Errno('EPERM');
    folder.inode.entries?.set(
      name,
      this.#newInode({ type: 'link', mode: 0o777, target }, folder.inode.tmpfs),
    );
  }

  /** Makes a device's file. */
  mknod(
    path: string,
    cwd: string,
    type: 'character' | 'block',
    device: [number, number],
    mode: number,
  ): void {
    this.#create(path, cwd, { type, mode, device });
  }

  link(existing: string, path: string, cwd: string): void {
    const place = this.find(existing, cwd, false);
    if (typeOf(place) === 'directory') throw new Errno('EPERM');
    const { folder, name } = this.parent(path, cwd);
    if (this.#child(folder, name) !== null) throw new Errno('EEXIST');
    if (place.kind === 'virtual' || folder.kind === 'virtual') throw new Errno('EPERM');
    if (place.mount !== folder.mount) throw new Errno('EXDEV');
    folder.inode.entries?.set(name, place.ino);
    place.inode.nlink++;
  }

  /** unlink(2): takes a name of a file away, and the file with its last name. */
  unlink(path: string, cwd: string): void {
    if (path.endsWith('/')) this.find(path, cwd);
    const { folder, name } = this.parent(path, cwd);
    const child = this.#child(folder, name);
    if (child === null) throw new Errno('ENOENT');
    if (typeOf(child) === 'directory') throw new Errno('EISDIR');
    if (folder.kind === 'virtual' || child.kind === 'virtual') throw new Errno('EPERM');
    folder.inode.entries?.delete(name);
    folder.inode.mtime = this.#around.wall();
    if (--child.inode.nlink > 0) return;
    this.#around.dropped?.(child.inode, 0);
    this.state.inodes.delete(child.ino);
  }

  rmdir(path: string, cwd: string): void {
    const { folder, name } = this.parent(path, cwd);
    if (name === '.') throw new Errno('EINVAL');
    const child = this.#child(folder, name);
    if (child === null) throw new Errno('ENOENT');
    if (typeOf(child) !== 'directory') throw new Errno('ENOTDIR');
    if (child.mount !== folder.mount || child.path === '/') throw new Errno('EBUSY');
    if (this.listOf(child).length > 0) throw new Errno('ENOTEMPTY');
    if (folder.kind === 'virtual' || child.kind === 'virtual') throw new Errno('EPERM');
    folder.inode.entries?.delete(name);
    folder.inode.nlink--;
    this.state.inodes.delete(child.ino);
  }

  rename(from: string, to: string, cwd: string): void {
    const source = this.parent(from, cwd);
    const child = this.#child(source.folder, source.name);
    if (child === null) throw new Errno('ENOENT');
    const target = this.parent(to, cwd);
    if (source.folder.kind === 'virtual' || target.folder.kind === 'virtual') {
      throw new Errno('EPERM');
    }
    if (child.mount !== source.folder.mount) throw new Errno('EBUSY');
    if (source.folder.mount !== target.folder.mount) throw new Errno('EXDEV');
    if (`${target.folder.path}/`.startsWith(`${child.path}/`)) throw new Errno('EINVAL');
    const there = this.#child(target.folder, target.name);
    if (there !== null && there.path === child.path) return;
    if (there !== null) {
      if (typeOf(there) === 'directory') {
        if (typeOf(child) !== 'directory') throw new Errno('EISDIR');
        this.rmdir(to, cwd);
      } else {
        if (typeOf(child) === 'directory') throw new Errno('ENOTDIR');
        this.unlink(to, cwd);
      }
    }
    if (child.kind === 'virtual') throw new Errno('EPERM');
    source.folder.inode.entries?.delete(source.name);
    target.folder.inode.entries?.set(target.name, child.ino);
  }

  chmod(path: string, cwd: string, mode: number): void {
    this.#change(path, cwd, (inode) => {
      inode.mode = mode & 0o7777;
    });
  }

  chown(path: string, cwd: string, uid: number | null, gid: number | null): void {
    this.#change(path, cwd, (inode) => {
      inode.uid = uid ?? inode.uid;
      inode.gid = gid ?? inode.gid;
    });
  }

  setTime(path: string, cwd: string, mtime: number): void {
    this.#change(path, cwd, (inode) => {
      inode.mtime = mtime;
    });
  }

  #change(path: string, cwd: string, change: (inode: Inode) => void): void {
    const place = this.find(path, cwd);
    if (place.kind === 'virtual') throw new Errno('EPERM');
    change(place.inode);
  }

  truncate(path: string, cwd: string, length: number): void {
    const place = this.find(path, cwd);
    if (typeOf(place) === 'directory') throw new Errno('EISDIR');
    if (place.kind === 'virtual') throw new Errno('EINVAL');
    this.truncateInode(place.inode, length);
  }

  truncateInode(inode: Inode, length: number): void {
    inode.content = resize(inode.content ?? [], length);
    inode.mtime = this.#around.wall();
    this.#around.dropped?.(inode, length);
  }

  /** Replaces what a file holds by extents, without writing them out. */
  setContent(path: string, cwd: string, content: Extent[]): void {
    const place = this.find(path, cwd);
    if (place.kind === 'virtual' || place.inode.type !== 'file') throw new Errno('EINVAL');
    const more = contentLength(content) - contentLength(place.inode.content ?? []);
    if (more > 0) this.#around.reserve?.(place.inode, more);
    place.inode.content = content;
    place.inode.mtime = this.#around.wall();
    this.#around.touched?.(place.inode, 0, contentLength(content), true);
  }

  /** Mounts; what lay at the target is covered. Throws ENOENT, ENOTDIR. */
  mount(mount: Mount): void {
    const place = this.find(mount.target, '/');
    if (typeOf(place) !== 'directory') throw new Errno('ENOTDIR');
    this.state.mounts.push({ ...mount, target: place.path });
  }

  /** An empty folder that is the root of a mount. */
  newRoot(mode = 0o755): number {
    return this.#newInode({ type: 'directory', mode, entries: new Map() });
  }

  /** The same of a file system that is in memory only. */
  newTmpfs(mode: number): number {
    const root = this.newRoot(mode);
    this.#inode(root).tmpfs = root;
    return root;
  }

  /** Takes the newest mount at a place away. Throws EINVAL where none is, EBUSY where others lie in it. */
  unmount(target: string): Mount {
    const index = this.state.mounts.findLastIndex((mount) => mount.target === target);
    const mount = this.state.mounts[index];
    if (mount === undefined) throw new Errno('EINVAL');
    const covers = this.state.mounts.some(
      (other, at) => at > index && other.target.startsWith(`${target === '/' ? '' : target}/`),
    );
    if (target === '/' || covers) throw new Errno('EBUSY');
    this.state.mounts.splice(index, 1);
    this.#forgetTmpfs(mount);
    return mount;
  }

  // What is in memory only goes with the last mount of it.
  #forgetTmpfs({ type, root }: Mount): void {
    if (type !== 'tmpfs' || typeof root !== 'number') return;
    const tmpfs = this.state.inodes.get(root)?.tmpfs;
    const isOf = (ino: number | string): boolean =>
      typeof ino === 'number' && this.state.inodes.get(ino)?.tmpfs === tmpfs;
    if (tmpfs === undefined || this.state.mounts.some((other) => isOf(other.root))) return;
    for (const [ino, inode] of this.state.inodes) {
      if (inode.tmpfs !== tmpfs) continue;
      this.#around.dropped?.(inode, 0);
      this.state.inodes.delete(ino);
    }
  }
}

function noWrite(): void {
  throw new Errno('EINVAL');
}

export function typeOf(place: Place): Stat['type'] {
  return place.kind === 'inode' ? place.inode.type : place.node.type;
}

function linkTarget(place: Place): string | null {
  if (place.kind === 'inode') return place.inode.target ?? null;
  return place.node.type === 'link' ? place.node.target : null;
}

function readVirtual(node: VirtualNode): string {
  if (node.type === 'directory') throw new Errno('EISDIR');
  if (node.type === 'link') throw new Errno('ELOOP');
  if (node.read !== undefined) return node.read();
  throw new Errno(((node.mode ?? 0o444) & 0o444) === 0 ? 'EACCES' : 'EIO');
}

/** A file that is open: it has a place, and may be read and written as a stream. */
export interface OpenFile {
  readonly path: string;
  /** What a process holds. */
  readonly open: Open;
  /** Up to so many characters from here on; null at the end. */
  read(most: number): string | null;
  write(text: string): void;
  /** So many bytes from here on, as extents: copying a gigabyte of zeroes costs nothing. Null at the end. */
  readExtents(bytes: number): Extent[] | null;
  writeExtents(content: Extent[]): void;
  /** Sets the place, in bytes. Throws ESPIPE where there is none. */
  seek(offset: number): void;
}

function streams(
  file: { read(most: number): string | null; write(text: string): void },
  isTerminal = false,
): {
  source: Source;
  sink: Sink;
} {
  return {
    source: { ready: true, isTerminal, read: (most) => file.read(most) },
    sink: { ready: true, isTerminal, write: (text) => file.write(text) },
  };
}

class InodeOpen implements OpenFile {
  readonly path: string;
  readonly open: Open;
  readonly #inode: Inode;
  readonly #flags: OpenFlags;
  readonly #around: Surroundings;
  #offset = 0;

  constructor(path: string, inode: Inode, flags: OpenFlags, around: Surroundings) {
    this.path = path;
    this.#inode = inode;
    this.#flags = flags;
    this.#around = around;
    const { source, sink } = streams(this);
    this.open = held({
      source: flags.read === true ? source : null,
      sink: flags.write === true ? sink : null,
      name: path,
    });
  }

  read(most: number): string | null {
    const extents = this.readExtents(most);
    return extents === null ? null : textOf(extents);
  }

  readExtents(bytes: number): Extent[] | null {
    if (this.#inode.type === 'directory') throw new Errno('EISDIR');
    const content = this.#inode.content ?? [];
    const left = contentLength(content) - this.#offset;
    if (left <= 0) return null;
    let length = Math.min(bytes, left);
    let extents = slice(content, this.#offset, length);
    // A letter of several bytes that the limit cuts comes whole.
    while (contentLength(extents) < length && length < left) {
      length++;
      extents = slice(content, this.#offset, length);
    }
    this.#around.touched?.(this.#inode, this.#offset, length, false);
    this.#offset += length;
    return extents;
  }

  write(text: string): void {
    this.writeExtents([{ text }]);
  }

  writeExtents(extents: Extent[]): void {
    const content = this.#inode.content ?? [];
    if (this.#flags.append === true) this.#offset = contentLength(content);
    const size = contentLength(extents);
    const more = this.#offset + size - contentLength(content);
    if (more > 0) this.#around.reserve?.(this.#inode, more);
    const written = overwrite(content, this.#offset, extents);
    if (written.length > TEXTS_MOST) throw new Errno('ENOSPC');
    this.#inode.content = written;
    this.#inode.mtime = this.#around.wall();
    this.#around.touched?.(this.#inode, this.#offset, size, true);
    this.#offset += size;
  }

  seek(offset: number): void {
    this.#offset = offset;
  }
}

class VirtualOpen implements OpenFile {
  readonly path: string;
  readonly open: Open;
  readonly #node: VirtualNode;
  #content: Extent[] | null = null;
  #offset = 0;

  constructor(path: string, node: VirtualNode, flags: OpenFlags) {
    this.path = path;
    this.#node = node;
    const mode = node.type === 'file' ? (node.mode ?? 0o444) : 0o555;
    // In /sys even root may not open for writing what nobody may write (kernfs_fop_open()).
    if (flags.write === true && path.startsWith('/sys/') && (mode & 0o222) === 0) {
      throw new Errno('EACCES');
    }
    // And a file that only acts cannot be read (proc_sys_permission()).
    if (flags.read === true && (mode & 0o444) === 0) throw new Errno('EACCES');
    const { source, sink } = streams(this);
    this.open = held({
      source: flags.read === true ? source : null,
      sink: flags.write === true ? sink : null,
      name: path,
    });
  }

  read(most: number): string | null {
    const extents = this.readExtents(most);
    return extents === null ? null : textOf(extents);
  }

  readExtents(bytes: number): Extent[] | null {
    // Read once, when it is read first: a file does not change under its reader.
    this.#content ??= [{ text: readVirtual(this.#node) }];
    const extents = slice(this.#content, this.#offset, bytes);
    const length = contentLength(extents);
    if (length === 0) return null;
    this.#offset += length;
    return extents;
  }

  write(text: string): void {
    if (text === '') return;
    if (this.#node.type !== 'file' || this.#node.write === undefined) throw new Errno('EIO');
    this.#node.write(text);
    this.#offset += byteLength(text);
  }

  writeExtents(extents: Extent[]): void {
    this.write(textOf(slice(extents, 0, 4096)));
  }

  seek(offset: number): void {
    this.#offset = offset;
  }
}

/** What is open already, by its number. */
class HeldOpen implements OpenFile {
  readonly path: string;
  readonly open: Open;

  constructor(path: string, open: Open) {
    this.path = path;
    this.open = open;
    open.share();
  }
  read(most: number): string | null {
    if (this.open.source === null) throw new Errno('EBADF');
    return this.open.source.read(most);
  }
  readExtents(bytes: number): Extent[] | null {
    const text = this.read(bytes);
    return text === null ? null : [{ text }];
  }
  write(text: string): void {
    if (this.open.sink === null) throw new Errno('EBADF');
    this.open.sink.write(text);
  }
  writeExtents(content: Extent[]): void {
    this.write(textOf(content));
  }
  seek(): void {
    throw new Errno('ESPIPE');
  }
}

class DeviceOpen implements OpenFile {
  readonly path: string;
  readonly open: Open;
  readonly #inode: Inode;
  readonly #device: Device;
  readonly #around: Surroundings;
  #offset = 0;

  constructor(path: string, inode: Inode, device: Device, around: Surroundings) {
    this.path = path;
    this.#inode = inode;
    this.#device = device;
    this.#around = around;
    const { source, sink } = streams(this, device.isTerminal === true);
    const discards = device.discards === true;
    this.open = held({ source, sink: discards ? { ...sink, discards } : sink, name: path });
  }

  read(most: number): string | null {
    if (this.#device.content !== undefined) {
      const extents = this.readExtents(most);
      return extents === null ? null : textOf(extents);
    }
    if (this.#device.read === undefined) throw new Errno('EINVAL');
    return this.#device.read(most);
  }

  readExtents(bytes: number): Extent[] | null {
    const { content } = this.#device;
    if (this.#device.zeroes === true) return [{ zero: bytes }];
    if (content === undefined) {
      const text = this.read(bytes);
      return text === null ? null : [{ text }];
    }
    const extents = slice(content, this.#offset, bytes);
    const length = contentLength(extents);
    if (length === 0) return null;
    this.#around.touched?.(this.#inode, this.#offset, length, false);
    this.#offset += length;
    return extents;
  }

  write(text: string): void {
    if (this.#device.content !== undefined) {
      this.writeExtents([{ text }]);
      return;
    }
    if (this.#device.write === undefined) throw new Errno('EINVAL');
    this.#device.write(text);
  }

  writeExtents(extents: Extent[]): void {
    const { content } = this.#device;
    if (content === undefined) {
      this.write(textOf(slice(extents, 0, 65_536)));
      return;
    }
    const room = contentLength(content) - this.#offset;
    if (room <= 0) throw new Errno('ENOSPC');
    const written = slice(extents, 0, room);
    const next = overwrite(content, this.#offset, written);
    content.splice(0, content.length, ...next);
    this.#around.touched?.(this.#inode, this.#offset, contentLength(written), true);
    this.#offset += contentLength(written);
  }

  seek(offset: number): void {
    this.#offset = offset;
  }
}
