import { Errno } from '../os/errno.ts';
import type { VirtualFile, VirtualFolder, VirtualNode } from '../fs/node.ts';

/** Ways to write virtual trees down. */

/** A file that is read; with `write`, one that acts. */
export const file = (
  read: (() => string) | null,
  write: ((text: string) => void) | null = null,
  mode = write === null ? 0o444 : read === null ? 0o200 : 0o644,
): VirtualFile => ({
  type: 'file',
  mode,
  ...(read === null ? {} : { read }),
  ...(write === null ? {} : { write }),
});

/** A folder whose entries are the same always. */
export const folder = (
  entries: Readonly<Record<string, VirtualNode | (() => VirtualNode)>>,
): VirtualFolder => ({
  type: 'directory',
  mode: 0o555,
  list: () => Object.keys(entries),
  get(name) {
    if (!Object.hasOwn(entries, name)) return null;
    const entry = entries[name];
    return (typeof entry === 'function' ? entry() : entry) ?? null;
  },
});

/** A folder whose entries are asked for each time. */
export const listing = (
  list: () => readonly string[],
  get: (name: string) => VirtualNode | null,
): VirtualFolder => ({
  type: 'directory',
  mode: 0o555,
  list: () => [...list()],
  get: (name) => (list().includes(name) ? get(name) : null),
});

/** The whole number that a text is, with blanks around it; EINVAL where it is none (kstrtoul()). */
export function wholeNumber(text: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const trimmed = text.trim();
  if (!/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(trimmed)) throw new Errno('EINVAL');
  const value = Number(trimmed);
  if (value < least || value > most) throw new Errno('EINVAL');
  return value;
}
