import type { Process } from '../../os/process.ts';
import { readOptions, tryUtilLinux } from '../usage.ts';

/** lscpu of util-linux 2.38.1, from /proc/cpuinfo and /sys/devices/system. */

const SIZES: Record<string, number> = { K: 1, M: 1024 };

function kibText(kib: number, count: number): string {
  const mib = kib >= 1024 && kib % 512 === 0;
  const text = mib ? `${kib / 1024} MiB` : `${kib} KiB`;
  return `${text} (${count} instance${count === 1 ? '' : 's'})`;
}

export function lscpu(process: Process): number {
  const given = readOptions(
    process,
    'abBCce::hJp::s:xyV',
    { extended: 'e::', parse: 'p::', bytes: 'B', json: 'J', help: 'h', version: 'V' },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print('lscpu from util-linux 2.38.1\n');
    return 0;
  }
  const { fs, system } = { fs: process.system.fs, system: process.system };
  const info = fs.read('/proc/cpuinfo');
  const of = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1] ?? '';
  const count = (info.match(/^processor\s*:/gm) ?? []).length;
  const cores = Number(of('cpu cores'));
  const sockets = new Set([...info.matchAll(/^physical id\s*: (\d+)$/gm)].map(([, id]) => id)).size;
  if (given.has('e') || given.has('p')) {
    const parse = given.has('p');
    const asked = (given.value(parse ? 'p' : 'e') ?? '').replace(/^=/, '');
    if (asked === '') return table(process, count, cores, parse);
    return chosen(process, count, cores, asked.toUpperCase().split(','), parse);
  }
  const flags = of('flags').split(' ');
  const rows: [string, string][] = [
    ['Architecture', system.uname.machine],
    ['CPU op-mode(s)', '32-bit, 64-bit'],
    ['Address sizes', of('address sizes')],
    ['Byte Order', 'Little Endian'],
    ['CPU(s)', String(count)],
    ['On-line CPU(s) list', fs.read('/sys/devices/system/cpu/online').trim()],
    ['Vendor ID', of('vendor_id')],
    ['BIOS Vendor ID', fs.read('/sys/devices/virtual/dmi/id/bios_vendor').trim()],
    ['Model name', of('model name')],
    ['BIOS Model name', 'pc-q35-7.2  CPU @ 2.0GHz'],
    ['BIOS CPU family', '1'],
    ['CPU family', of('cpu family')],
    ['Model', of('model')],
    ['Thread(s) per core', '1'],
    ['Core(s) per socket', String(cores)],
    ['Socket(s)', String(sockets)],
    ['Stepping', of('stepping')],
    ['BogoMIPS', of('bogomips')],
    ['Flags', of('flags')],
  ];
  if (flags.includes('vmx')) rows.push(['Virtualization', 'VT-x']);
  if (flags.includes('svm')) rows.push(['Virtualization', 'AMD-V']);
  const caches = new Map<string, { kib: number; lists: Set<string> }>();
  for (let cpu = 0; cpu < count; cpu++) {
    const base = `/sys/devices/system/cpu/cpu${cpu}/cache`;
    for (const index of fs.list(base, '/')) {
      const read = (name: string): string => fs.read(`${base}/${index}/${name}`).trim();
      const type = read('type');
      const name = `L${read('level')}${type === 'Data' ? 'd' : type === 'Instruction' ? 'i' : ''}`;
      const size = read('size');
      const kib = Number(size.slice(0, -1)) * (SIZES[size.slice(-1)] ?? 1);
      const cache = caches.get(name) ?? { kib: 0, lists: new Set() };
      // A cache is told from others by its number (mk_cache_id()).
      const list = read('id');
      if (!cache.lists.has(list)) cache.kib += kib;
      cache.lists.add(list);
      caches.set(name, cache);
    }
  }
  for (const [name, { kib, lists }] of caches)
    rows.push([`${name} cache`, kibText(kib, lists.size)]);
  const nodes = fs.list('/sys/devices/system/node', '/').filter((name) => /^node\d+$/.test(name));
  rows.push(['NUMA node(s)', String(nodes.length)]);
  for (const node of nodes) {
    const list = fs.read(`/sys/devices/system/node/${node}/cpulist`).trim();
    // lscpu writes every number where there are but two.
    rows.push([
      `NUMA ${node} CPU(s)`,
      list.replace(/^(\d+)-(\d+)$/, (all, a: string, b: string) =>
        Number(b) === Number(a) + 1 ? `${a},${b}` : all,
      ),
    ]);
  }
  const folder = '/sys/devices/system/cpu/vulnerabilities';
  for (const name of fs.list(folder, '/')) {
    const title = name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
    rows.push([
      `Vulnerability ${title}`,
      fs
        .read(`${folder}/${name}`)
        .trim()
        .replace(/^Mitigation: /, 'Mitigation; '),
    ]);
  }
  const width = Math.max(...rows.map(([name]) => name.length)) + 1;
  for (const [name, value] of rows) process.print(`${`${name}:`.padEnd(width + 1)}${value}\n`);
  return 0;
}

/** Columns by name, with the heading that -p gives them. */
const COLUMNS: Readonly<Record<string, string>> = {
  CPU: 'CPU',
  CORE: 'Core',
  SOCKET: 'Socket',
  CLUSTER: 'Cluster',
  NODE: 'Node',
  BOOK: 'Book',
  DRAWER: 'Drawer',
  CACHE: 'L1d:L1i:L2:L3',
  POLARIZATION: 'Polarization',
  ADDRESS: 'Address',
  CONFIGURED: 'Configured',
  ONLINE: 'Online',
  MAXMHZ: 'Maxmhz',
  MINMHZ: 'Minmhz',
  MHZ: 'Mhz',
  MODELNAME: 'Modelname',
};

/** The columns that were asked for, of each processor. */
function chosen(
  process: Process,
  count: number,
  cores: number,
  names: readonly string[],
  parse: boolean,
): number {
  const unknown = names.find((name) => !Object.hasOwn(COLUMNS, name));
  if (unknown !== undefined) return process.fail(`unknown column: ${unknown}`);
  const rows = Array.from({ length: count }, (_, cpu) =>
    names.map((name) => {
      const socket = String(Math.floor(cpu / cores));
      if (name === 'NODE') return String(nodeOf(process, cpu));
      if (name === 'SOCKET') return socket;
      if (name === 'ONLINE') return parse ? 'Y' : 'yes';
      if (name === 'CACHE') return [cpu, cpu, cpu, socket].join(parse ? ',' : ':');
      return name === 'CPU' || name === 'CORE' ? String(cpu) : parse ? '' : '-';
    }),
  );
  if (parse) {
    const heads = names.map((name) => (COLUMNS[name] ?? '').replaceAll(':', ','));
    process.print(
      `${PARSABLE}# ${heads.join(',')}\n${rows.map((row) => `${row.join(',')}\n`).join('')}`,
    );
    return 0;
  }
  const heads = names.map((name) => (name === 'CACHE' ? COLUMNS['CACHE']! : name));
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...rows.map((row) => row[at]!.length)),
  );
  const line = (cells: readonly string[], isHead: boolean): string =>
    cells
      .map((cell, at) => {
        const last = at === cells.length - 1;
        if (heads[at] === COLUMNS['CACHE'] || isHead)
          return last && !isHead ? cell : cell.padEnd(last ? 0 : widths[at]!);
        return cell.padStart(widths[at]!);
      })
      .join(' ');
  process.print(`${[line(heads, true), ...rows.map((row) => line(row, false))].join('\n')}\n`);
  return 0;
}

const PARSABLE =
  '# The following is the parsable format, which can be fed to other\n# programs. Each different item in every column has an unique ID\n# starting usually from zero.\n';

function nodeOf(process: Process, cpu: number): number {
  const { fs } = process.system;
  const node = fs
    .list('/sys/devices/system/node', '/')
    .filter((name) => /^node\d+$/.test(name))
    .find((name) => {
      const [from, to] = fs
        .read(`/sys/devices/system/node/${name}/cpulist`)
        .trim()
        .split('-')
        .map(Number);
      return cpu >= (from ?? 0) && cpu <= (to ?? from ?? 0);
    });
  return Number(node?.slice(4) ?? 0);
}

function table(process: Process, count: number, cores: number, parse: boolean): number {
  if (parse) {
    process.print(`${PARSABLE}# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n`);
    for (let cpu = 0; cpu < count; cpu++) {
      process.print(
        `${cpu},${cpu},${Math.floor(cpu / cores)},${nodeOf(process, cpu)},,${cpu},${cpu},${cpu},${Math.floor(cpu / cores)}\n`,
      );
    }
    return 0;
  }
  process.print('CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE\n');
  for (let cpu = 0; cpu < count; cpu++) {
    process.print(
      `${String(cpu).padStart(3)} ${String(nodeOf(process, cpu)).padStart(4)} ${String(Math.floor(cpu / cores)).padStart(6)} ${String(cpu).padStart(4)} ${`${cpu}:${cpu}:${cpu}:${Math.floor(cpu / cores)}`.padEnd(13)} ${'yes'.padStart(6)}\n`,
    );
  }
  return 0;
}
