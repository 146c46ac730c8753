import type { Extent } from './content.ts';

/** What a path may lead to. */

export type NodeType = 'file' | 'directory' | 'link' | 'character' | 'block';

/** What stat(2) tells. */
export interface Stat {
  type: NodeType;
  /** Permission bits, 0o7777 at the most. */
  mode: number;
  uid: number;
  gid: number;
  /** In bytes. */
  size: number;
  /** Blocks of 512 bytes that it takes. */
  blocks: number;
  nlink: number;
  ino: number;
  /** Milliseconds since 1970. */
  mtime: number;
  /** Of a device: its numbers. */
  device: readonly [number, number] | null;
  /** Of a symbolic link: where it leads. */
  target: string | null;
}

/** A file, folder or device of a disk: plain data, kept with the state of the system. */
export interface Inode {
  type: NodeType;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  nlink: number;
  /** Of a file. */
  content?: Extent[];
  /** Of a folder: numbers of inodes by name. */
  entries?: Map<string, number>;
  /** Of a symbolic link. */
  target?: string;
  /** Of a device. */
  device?: [number, number];
  /** What the machine's page cache knows the file by, and for how many pages. */
  cache?: { handle: number; pages: number };
  /** It is in memory only: the root of the tmpfs that it belongs to. */
  tmpfs?: number;
}

/**
 * A file whose content is worked out when it is read, and acts when it is written: those of /proc and
 * /sys. Any method may throw an `Errno`.
 */
export interface VirtualFile {
  readonly type: 'file';
  /** 0o444 unless said. */
  readonly mode?: number;
  /** What `ls -l` shows; 0 in /proc, 4096 in /sys. */
  readonly size?: number;
  /** Missing: EIO, or EACCES where the mode does not allow reading. */
  read?(): string;
  /** Gets what one write(2) wrote, with its line end. Missing: EIO. */
  write?(text: string): void;
}
export interface VirtualFolder {
  readonly type: 'directory';
  readonly mode?: number;
  list(): string[];
  get(name: string): VirtualNode | null;
}
export interface VirtualLink {
  readonly type: 'link';
  readonly target: string;
}
export type VirtualNode = VirtualFile | VirtualFolder | VirtualLink;

/** A device by its numbers: what reading and writing it does. */
export interface Device {
  /** Up to so many characters; null at the end. */
  read?(most: number): string | null;
  write?(text: string): void;
  readonly isTerminal?: boolean;
  /** Whatever is read of it are zeroes: there is no need to write them out. */
  readonly zeroes?: boolean;
  /** Whatever is written to it is gone. */
  readonly discards?: boolean;
  /** Of a block device: its size in bytes and what lies on it. */
  readonly content?: Extent[];
}
