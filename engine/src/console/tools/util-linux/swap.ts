import { contentLength, slice, textOf } from '../../fs/content.ts';
import type { Extent } from '../../fs/content.ts';
import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import { sizeOf } from '../coreutils/common.ts';
import { readOptions, tryUtilLinux } from '../usage.ts';
import { showTable } from './table.ts';

/** mkswap, swapon, swapoff and swaplabel of util-linux 2.38.1. */

const PAGE = 4096;
const SIGNATURE = 'SWAPSPACE2';

/** A byte as text (os/stream.ts). */
const byte = (value: number): string => String.fromCharCode(value < 0x80 ? value : 0xdc00 + value);
const word = (value: number): string =>
  [0, 8, 16, 24].map((shift) => byte((value >>> shift) & 0xff)).join('');
const codeAt = (text: string, at: number): number => text.charCodeAt(at) & 0xff;

/** The first page of a swap area: union swap_header of the kernel. */
function headerText(pages: number, uuid: string, label: string): string {
  const bytes = uuid.replaceAll('-', '').replace(/../g, (pair) => byte(Number.parseInt(pair, 16)));
  const info = `${word(1)}${word(pages - 1)}${word(0)}${bytes}${label.slice(0, 16).padEnd(16, '\0')}`;
  return `${'\0'.repeat(1024)}${info}${'\0'.repeat(PAGE - 1024 - info.length - SIGNATURE.length)}${SIGNATURE}`;
}

interface Header {
  uuid: string;
  label: string;
  pages: number;
}
function readHeader(text: string): Header | null {
  if (!text.slice(0, PAGE).endsWith(SIGNATURE)) return null;
  const hex = Array.from({ length: 16 }, (_, index) =>
    codeAt(text, 1036 + index)
      .toString(16)
      .padStart(2, '0'),
  ).join('');
  return {
    uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    label: text.slice(1052, 1068).replace(/\0.*$/s, ''),
    pages:
      codeAt(text, 1028) +
      codeAt(text, 1029) * 256 +
      codeAt(text, 1030) * 65_536 +
      codeAt(text, 1031) * 2 ** 24 +
      1,
  };
}

/** What a path holds: a file's extents, or a disk's; with its size. */
function contentOf(
  process: Process,
  path: string,
): { extents: readonly Extent[]; size: number; isDevice: boolean; mode: number; uid: number } {
  const { fs } = process.system;
  const place = fs.find(path, process.cwd);
  const stat = fs.statOf(place);
  if (place.kind === 'virtual' || stat.type === 'directory' || stat.type === 'character')
    throw new Errno('EINVAL');
  if (stat.type === 'block') {
    const file = fs.open(path, process.cwd, { read: true });
    const extents: Extent[] = [];
    for (let part = file.readExtents(2 ** 40); part !== null; part = file.readExtents(2 ** 40))
      extents.push(...part);
    file.open.close();
    return {
      extents,
      size: contentLength(extents),
      isDevice: true,
      mode: stat.mode,
      uid: stat.uid,
    };
  }
  const extents = place.inode.content ?? [];
  return { extents, size: contentLength(extents), isDevice: false, mode: stat.mode, uid: stat.uid };
}

/** `256 MiB`, as mkswap says a size. */
function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  while (power < units.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  let whole = Math.floor(bytes / 1024 ** power);
  let tenth = power === 0 ? 0 : Math.floor(((bytes / 1024 ** power - whole) * 1000 + 50) / 100);
  if (tenth === 10) {
    whole++;
    tenth = 0;
  }
  return `${whole}${tenth > 0 ? `.${tenth}` : ''} ${units[power] ?? ''}`;
}

export function mkswap(process: Process): number {
  const given = readOptions(
    process,
    'cfp:qL:v:U:e:s:hV',
    {
      check: 'c',
      force: 'f',
      pagesize: 'p:',
      quiet: 'q',
      label: 'L:',
      swapversion: 'v:',
      uuid: 'U:',
      endianness: 'e:',
      offset: 's:',
      verbose: '@verbose',
      lock: '@lock::',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print('mkswap from util-linux 2.38.1\n');
    return 0;
  }
  if (given.has('h')) {
    process.print('\nUsage:\n mkswap [options] device [size]\n');
    return 0;
  }
  const [path, blocks] = given.operands;
  if (path === undefined) {
    process.fail('error: Nowhere to set up swap on?');
    return tryUtilLinux(process);
  }
  const { fs } = process.system;
  let content;
  try {
    content = contentOf(process, path);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return process.fail(`cannot open ${path}: ${error.message}`);
  }
  const wanted = blocks === undefined ? null : sizeOf(blocks);
  if (blocks !== undefined && wanted === null)
    return process.fail(`invalid block count argument: '${blocks}'`);
  const pages = Math.floor((wanted === null ? content.size : wanted * 1024) / PAGE);
  if (pages < 10) return process.fail(`error: swap area needs to be at least 40 KiB`);
  const text = textOf(slice(content.extents, 0, PAGE));
  const old = readHeader(text);
  if (!content.isDevice && (content.mode & 0o077) !== 0) {
    process.fail(
      `${path}: insecure permissions ${content.mode.toString(8).padStart(4, '0')}, fix with: chmod 0600 ${path}`,
    );
  }
  if (!content.isDevice && content.uid !== 0) {
    process.fail(`${path}: insecure file owner ${content.uid}, fix with: chown 0:0 ${path}`);
  }
  if (old !== null) process.fail(`${path}: warning: wiping old swap signature.`);
  const bytes = (pages - 1) * PAGE;
  if (!given.has('q')) {
    process.print(`Setting up swapspace version 1, size = ${sizeText(bytes)} (${bytes} bytes)\n`);
  }
  let uuid = given.value('U');
  if (uuid === undefined || uuid === 'random')
    uuid = fs.read('/proc/sys/kernel/random/uuid').trim();
  if (uuid !== 'clear' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    return process.fail('error: parsing UUID failed');
  }
  const label = given.value('L') ?? '';
  const file = fs.open(path, process.cwd, { write: true });
  const clear = uuid === 'clear' ? '00000000-0000-0000-0000-000000000000' : uuid.toLowerCase();
  try {
    file.writeExtents([{ text: headerText(pages, clear, label) }]);
  } finally {
    file.open.close();
  }
  if (!given.has('q')) {
    const shown = label === '' ? 'no label, ' : `LABEL=${label}, `;
    process.print(`${shown}${uuid === 'clear' ? 'no uuid' : `UUID=${clear}`}\n`);
  }
  if (!content.isDevice && content.extents.some((extent) => 'hole' in extent)) {
    process.warn(
      `\nmkswap: ${path} contains holes or other unsupported extents.\n        This swap file can be rejected by kernel on swap activation!\n        Use --verbose for more details.\n\n`,
    );
  }
  return 0;
}

interface Area {
  name: string;
  type: string;
  size: number;
  used: number;
  priority: number;
}
function areas(process: Process): Area[] {
  return process.system.fs
    .read('/proc/swaps')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', type = '', size = '0', used = '0', priority = '0'] = line.split(/\s+/);
      return { name, type, size: Number(size), used: Number(used), priority: Number(priority) };
    });
}

/** `256M`, `1.5G`: sizes of --show. */
function shortSize(kib: number): string {
  if (kib === 0) return '0B';
  return sizeText(kib * 1024)
    .replace(' ', '')
    .replace('iB', '');
}

const COLUMNS = ['NAME', 'TYPE', 'SIZE', 'USED', 'PRIO', 'UUID', 'LABEL'];

function show(process: Process, given: ReturnType<typeof readOptions>): number {
  const asked = given.value('@show') ?? '';
  const columns =
    asked === '' ? COLUMNS.slice(0, 5) : asked.split(',').map((name) => name.toUpperCase());
  const unknown = columns.find((column) => !COLUMNS.includes(column));
  if (unknown !== undefined) {
    return process.fail(`unknown column: ${asked.split(',')[columns.indexOf(unknown)] ?? ''}`);
  }
  const rows = areas(process).map((area) => {
    const header = ((): Header | null => {
      try {
        return readHeader(textOf(slice(contentOf(process, area.name).extents, 0, PAGE)));
      } catch {
        return null;
      }
    })();
    // The area's own header page counts as part of it.
    const size = area.size + 4;
    const cells: Record<string, string> = {
      NAME: area.name,
      TYPE: area.type,
      SIZE: given.has('@bytes') ? String(area.size * 1024) : shortSize(size),
      USED: given.has('@bytes') ? String(area.used * 1024) : shortSize(area.used),
      PRIO: String(area.priority),
      UUID: header?.uuid ?? '',
      LABEL: header?.label ?? '',
    };
    return columns.map((column) => cells[column] ?? '');
  });
  if (rows.length === 0) return 0;
  const right = new Set(['SIZE', 'USED', 'PRIO']);
  process.print(
    showTable(columns, rows, {
      right: columns.map((column) => right.has(column)),
      headings: !given.has('@noheadings'),
      raw: given.has('@raw'),
    }),
  );
  return 0;
}

/** Devices of swap areas in /etc/fstab. */
function fromFstab(process: Process): { source: string; options: string[] }[] {
  let text: string;
  try {
    text = process.system.fs.read('/etc/fstab');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter((fields) => fields[2] === 'swap')
    .map(([source = '', , , options = '']) => ({ source, options: options.split(',') }));
}

function turnOn(
  process: Process,
  path: string,
  given: ReturnType<typeof readOptions>,
  priority: number | null,
): number {
  const { system } = process;
  let content;
  try {
    content = contentOf(process, path);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (error.code === 'EINVAL')
      return process.fail(`${path}: swapon failed: ${error.message}`, 255);
    return process.fail(`cannot open ${path}: ${error.message}`, 255);
  }
  if (given.has('v')) process.print(`swapon ${path}\n`);
  if (!content.isDevice) {
    const extra = content.mode & 0o077;
    if (extra !== 0) {
      process.fail(
        `${path}: insecure permissions ${content.mode.toString(8).padStart(4, '0')}, 0600 suggested.`,
      );
    }
    if (content.uid !== 0)
      process.fail(`${path}: insecure file owner ${content.uid}, 0 (root) suggested.`);
    if (content.extents.some((extent) => 'hole' in extent)) {
      return process.fail(`${path}: skipping - it appears to have holes.`, 255);
    }
  }
  const header = readHeader(textOf(slice(content.extents, 0, PAGE)));
  if (header === null) {
    return process.fail(`${path}: read swap header failed`, 255);
  }
  if (given.has('v')) {
    process.fail(`${path}: found signature [pagesize=${PAGE}, signature=swap]`);
    process.fail(
      `${path}: pagesize=${PAGE}, swapsize=${header.pages * PAGE}, devsize=${content.size}`,
    );
  }
  try {
    system.calls.swapon(system.fs.find(path, process.cwd).path, {
      priority,
      discard: given.has('d'),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return process.fail(`${path}: swapon failed: ${error.message}`, 255);
  }
}

export function swapon(process: Process): number {
  const given = readOptions(
    process,
    'ahd::efo:p:svVL:U:T:',
    {
      all: 'a',
      discard: 'd::',
      ifexists: 'e',
      options: 'o:',
      fixpgsz: 'f',
      priority: 'p:',
      show: '@show::',
      noheadings: '@noheadings',
      raw: '@raw',
      bytes: '@bytes',
      summary: 's',
      verbose: 'v',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print('swapon from util-linux 2.38.1\n');
    return 0;
  }
  if (given.has('h')) {
    process.print('\nUsage:\n swapon [options] [<spec>]\n');
    return 0;
  }
  if (given.has('s')) {
    const rows = areas(process);
    if (rows.length > 0) process.print(process.system.fs.read('/proc/swaps'));
    return 0;
  }
  let priority: number | null = null;
  const text = given.value('p') ?? /(?:^|,)pri=(\d+)/.exec(given.value('o') ?? '')?.[1];
  if (text !== undefined) {
    if (!/^[-+]?\d+$/.test(text)) return process.fail(`failed to parse priority: '${text}'`);
    priority = Number(text);
    if (priority < -32768 || priority > 32767) {
      return process.fail(`failed to parse priority: '${text}': Numerical result out of range`);
    }
    if (priority < 0) priority = null;
  }
  const labelled = given.all
    .filter(([key]) => key === 'L' || key === 'U')
    .map(([key, value]) => `${key === 'L' ? 'LABEL' : 'UUID'}=${value}`);
  const names = [...given.operands, ...labelled];
  if (given.has('@show') || (names.length === 0 && !given.has('a'))) return show(process, given);
  let status = 0;
  if (given.has('a')) {
    const on = new Set(areas(process).map(({ name }) => name));
    for (const { source, options } of fromFstab(process)) {
      if (on.has(source) || options.includes('noauto')) continue;
      if (given.has('e') && !process.system.fs.exists(source)) continue;
      const pri = options
        .map((option) => /^pri=(\d+)$/.exec(option)?.[1])
        .find((value) => value !== undefined);
      status |= turnOn(process, source, given, pri === undefined ? priority : Number(pri));
    }
  }
  for (const name of names) {
    const path = resolve(process, name);
    if (path === null) {
      status = process.fail(`cannot find the device for ${name}`, 255);
      continue;
    }
    status |= turnOn(process, path, given, priority);
  }
  return status;
}

/** LABEL= and UUID= lead to the area that bears them. */
function resolve(process: Process, name: string): string | null {
  const tag = /^(LABEL|UUID)=(.*)$/.exec(name);
  if (tag === null) return name;
  const { fs } = process.system;
  const candidates = [
    ...fs.list('/', '/').map((one) => `/${one}`),
    ...fs.list('/dev', '/').map((one) => `/dev/${one}`),
  ];
  for (const path of candidates) {
    try {
      const header = readHeader(textOf(slice(contentOf(process, path).extents, 0, PAGE)));
      if (header !== null && (tag[1] === 'LABEL' ? header.label : header.uuid) === tag[2])
        return path;
    } catch {
      continue;
    }
  }
  return null;
}

export function swapoff(process: Process): number {
  const given = readOptions(
    process,
    'ahvVL:U:',
    { all: 'a', verbose: 'v', help: 'h', version: 'V' },
    (one) => tryUtilLinux(one, 16),
  );
  if (given.has('V')) {
    process.print('swapoff from util-linux 2.38.1\n');
    return 0;
  }
  if (given.has('h')) {
    process.print('\nUsage:\n swapoff [options] [<spec>]\n');
    return 0;
  }
  const names = [...given.operands];
  if (given.has('a')) names.push(...areas(process).map(({ name }) => name), ...[]);
  else if (names.length === 0 && !given.has('L') && !given.has('U')) return tryBad(process);
  for (const [key, value] of given.all) {
    if (key !== 'L' && key !== 'U') continue;
    const path = resolve(process, `${key === 'L' ? 'LABEL' : 'UUID'}=${value}`);
    if (path === null)
      return process.fail(
        `cannot find the device for ${key === 'L' ? 'LABEL' : 'UUID'}=${value}`,
        4,
      );
    names.push(path);
  }
  const { system } = process;
  let status = 0;
  for (const name of names) {
    const path = resolve(process, name);
    if (path === null) {
      status = process.fail(`cannot find the device for ${name}`, 4);
      continue;
    }
    if (given.has('v')) process.print(`swapoff ${path}\n`);
    try {
      const full = path.startsWith('/') ? path : `${process.cwd}/${path}`;
      system.calls.swapoff(full);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(
        `${path}: swapoff failed: ${error.message}`,
        error.code === 'ENOMEM' ? 2 : 4,
      );
    }
  }
  return status;
}

function tryBad(process: Process): number {
  process.warn("swapoff: bad usage\nTry 'swapoff --help' for more information.\n");
  return 16;
}
