import type { Process, Program } from '../../os/process.ts';
import { strftime } from '../coreutils/common.ts';
import { numbersOf, procpsUsage, readOptions } from '../usage.ts';

/** ps, top, pgrep, pidof and uptime of procps-ng 4.0.2, from /proc. */

interface Shown {
  pid: number;
  ppid: number;
  user: string;
  name: string;
  command: string;
  state: string;
  threads: number;
  vsz: number;
  rss: number;
  swap: number;
  shared: number;
  /** Seconds of processor time, and since its start. */
  time: number;
  age: number;
  nice: number;
  priority: number;
}

export function processList(process: Process): Shown[] {
  const { fs, users } = process.system;
  const uptime = Number(fs.read('/proc/uptime').split(' ')[0]);
  const list: Shown[] = [];
  for (const name of fs.list('/proc', '/')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = fs.read(`/proc/${name}/stat`).split(' ');
    const status = numbersOf(fs.read(`/proc/${name}/status`));
    const command = fs.read(`/proc/${name}/cmdline`).replace(/\0$/, '').replaceAll('\0', ' ');
    const comm = fs.read(`/proc/${name}/comm`).trim();
    const number = (at: number): number => Number(stat[at - 1] ?? 0);
    list.push({
      pid: Number(name),
      ppid: number(4),
      user: users.get(status.get('Uid') ?? 0) ?? String(status.get('Uid') ?? 0),
      name: comm,
      command: command === '' ? `[${comm}]` : command,
      state: stat[2] ?? 'S',
      threads: number(20),
      vsz: status.get('VmSize') ?? 0,
      rss: status.get('VmRSS') ?? 0,
      swap: status.get('VmSwap') ?? 0,
      shared: status.get('RssFile') ?? 0,
      time: (number(14) + number(15)) / 100,
      age: Math.max(0.01, uptime - number(22) / 100),
      nice: 0,
      priority: 20,
    });
  }
  return list.sort((a, b) => a.pid - b.pid);
}

const clock = (seconds: number): string => {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
};
const minutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;

interface Column {
  title: string;
  right?: boolean;
  width?: number;
  value(one: Shown, total: number, wall: number): string;
}
const COLUMNS: Record<string, Column> = {
  pid: { title: 'PID', right: true, width: 7, value: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', right: true, width: 7, value: ({ ppid }) => String(ppid) },
  user: {
    title: 'USER',
    width: 8,
    value: ({ user }) => (user.length > 8 ? `${user.slice(0, 7)}+` : user),
  },
  uid: {
    title: 'UID',
    right: true,
    width: 5,
    value: ({ user }) => (user === 'root' ? '0' : '64055'),
  },
  comm: { title: 'COMMAND', value: ({ name }) => name },
  ucmd: { title: 'CMD', value: ({ name }) => name },
  cmd: { title: 'CMD', value: ({ command }) => command },
  args: { title: 'COMMAND', value: ({ command }) => command },
  command: { title: 'COMMAND', value: ({ command }) => command },
  stat: {
    title: 'STAT',
    width: 4,
    value: ({ state, threads }) => `${state}${threads > 1 ? 'l' : ''}`,
  },
  s: { title: 'S', value: ({ state }) => state },
  vsz: { title: 'VSZ', right: true, width: 6, value: ({ vsz }) => String(vsz) },
  rss: { title: 'RSS', right: true, width: 5, value: ({ rss }) => String(rss) },
  rssize: { title: 'RSS', right: true, width: 5, value: ({ rss }) => String(rss) },
  sz: { title: 'SZ', right: true, width: 5, value: ({ vsz }) => String(Math.floor(vsz / 4)) },
  nlwp: { title: 'NLWP', right: true, width: 4, value: ({ threads }) => String(threads) },
  thcount: { title: 'THCNT', right: true, width: 5, value: ({ threads }) => String(threads) },
  '%mem': {
    title: '%MEM',
    right: true,
    width: 4,
    value: ({ rss }, total) => ((rss / total) * 100).toFixed(1),
  },
  pmem: {
    title: '%MEM',
    right: true,
    width: 4,
    value: ({ rss }, total) => ((rss / total) * 100).toFixed(1),
  },
  '%cpu': {
    title: '%CPU',
    right: true,
    width: 4,
    value: ({ time, age }) => ((time / age) * 100).toFixed(1),
  },
  pcpu: {
    title: '%CPU',
    right: true,
    width: 4,
    value: ({ time, age }) => ((time / age) * 100).toFixed(1),
  },
  tty: { title: 'TT', width: 8, value: ({ name }) => (name === 'bash' ? 'pts/0' : '?') },
  tname: { title: 'TTY', width: 8, value: ({ name }) => (name === 'bash' ? 'pts/0' : '?') },
  time: { title: 'TIME', right: true, width: 8, value: ({ time }) => clock(time) },
  btime: { title: 'TIME', right: true, width: 6, value: ({ time }) => minutes(time) },
  etime: {
    title: 'ELAPSED',
    right: true,
    width: 11,
    value: ({ age }) => (age < 3600 ? clock(age).slice(3) : clock(age)),
  },
  start: {
    title: 'START',
    width: 5,
    value: ({ age }, _total, wall) => strftime('%H:%M', wall - age * 1000),
  },
  stime: {
    title: 'STIME',
    width: 5,
    value: ({ age }, _total, wall) => strftime('%H:%M', wall - age * 1000),
  },
  c: { title: 'C', right: true, width: 2, value: () => '0' },
  ni: { title: 'NI', right: true, width: 3, value: () => '0' },
  pri: { title: 'PRI', right: true, width: 3, value: () => '19' },
};

export function ps(process: Process): number {
  const words = process.args;
  let columns = ['pid', 'tname', 'time', 'ucmd'];
  let select: (one: Shown) => boolean = (one) => one.name === 'bash' || one.pid === process.pid;
  let [sort, headings, titles] = ['', true, new Map<string, string>()];
  const set = (list: string): void => {
    columns = [];
    titles = new Map();
    for (const part of list.split(/[ ,]+/).filter((one) => one !== '')) {
      const [name = '', title] = part.split('=');
      columns.push(name.toLowerCase());
      if (title !== undefined) titles.set(name.toLowerCase(), title);
    }
    if (
      [...titles.values()].length === columns.length &&
      [...titles.values()].every((title) => title === '')
    )
      headings = false;
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const value = (): string => words[++at] ?? '';
    if (word.startsWith('--sort')) sort = word.includes('=') ? word.slice(7) : value();
    else if (word === '--no-headers' || word === '--no-heading') headings = false;
    else if (word === '--version' || word === '-V') {
      process.print('ps from procps-ng 4.0.2\n');
      return 0;
    } else if (word.startsWith('--pid') || word === '-p' || word === 'p' || /^-p\d/.test(word)) {
      const given = word.includes('=')
        ? word.slice(6)
        : /^-p\d/.test(word)
          ? word.slice(2)
          : value();
      if (!/^\d+([, ]+\d+)*$/.test(given)) {
        return psError(process, 'process ID list syntax error');
      }
      const pids = given.split(/[, ]+/).map(Number);
      select = ({ pid }) => pids.includes(pid);
      if (words.length <= 2) columns = ['pid', 'tname', 'time', 'ucmd'];
    } else if (word === '-C') {
      const names = value().split(',');
      select = ({ name }) => names.some((one) => name === one.slice(0, 15));
    } else if (word === '-o' || word === '-O' || word === 'o' || word === '--format') set(value());
    else if (word.startsWith('-o')) set(word.slice(2));
    else if (/^-?[a-zA-Z]+$/.test(word)) {
      const letters = word.replace(/^-/, '');
      const bsd = !word.startsWith('-');
      if (/[eA]/.test(letters) || (bsd && /[ax]/.test(letters))) select = () => true;
      if (bsd && letters.includes('u')) {
        columns = [
          'user',
          'pid',
          '%cpu',
          '%mem',
          'vsz',
          'rss',
          'tname',
          'stat',
          'start',
          'btime',
          'command',
        ];
      } else if (letters.includes('f') && !bsd)
        columns = ['user', 'pid', 'ppid', 'c', 'stime', 'tname', 'time', 'cmd'];
      else if (bsd && /x/.test(letters)) columns = ['pid', 'tname', 'stat', 'btime', 'command'];
      if (letters.endsWith('o')) set(value());
    } else {
      return psError(
        process,
        word.startsWith('--') ? 'unknown gnu long option' : 'unsupported SysV option',
      );
    }
  }
  const unknown = columns.find((column) => COLUMNS[column] === undefined);
  if (unknown !== undefined) {
    process.warn(
      `error: unknown user-defined format specifier "${unknown}"\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`,
    );
    return 1;
  }
  const total = numbersOf(process.system.fs.read('/proc/meminfo')).get('MemTotal') ?? 1;
  const { wall } = process.system.clock;
  const rows = processList(process).filter(select);
  for (const key of sort
    .split(',')
    .filter((one) => one !== '')
    .reverse()) {
    const down = key.startsWith('-');
    const column = COLUMNS[key.replace(/^[-+]/, '').toLowerCase()];
    if (column === undefined) continue;
    rows.sort((a, b) => {
      const [one, other] = [column.value(a, total, wall), column.value(b, total, wall)];
      const order = column.right === true ? Number(one) - Number(other) : one < other ? -1 : 1;
      return down ? -order : order;
    });
  }
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, index) => {
        const column = COLUMNS[columns[index] ?? ''];
        const width = Math.max(column?.width ?? 0, 0);
        if (column?.right === true) return cell.padStart(width);
        return index === cells.length - 1 ? cell : cell.padEnd(width);
      })
      .join(' ')}\n`;
  if (headings)
    process.print(
      line(columns.map((column) => titles.get(column) ?? COLUMNS[column]?.title ?? '')),
    );
  for (const row of rows)
    process.print(line(columns.map((column) => COLUMNS[column]?.value(row, total, wall) ?? '')));
  return rows.length > 0 ? 0 : 1;
}

function uptimeLine(process: Process): string {
  const { fs, clock: time } = process.system;
  const seconds = Number(fs.read('/proc/uptime').split(' ')[0]);
  const loads = fs.read('/proc/loadavg').split(' ').slice(0, 3).join(', ');
  const whole = Math.floor(seconds / 60);
  const up =
    whole >= 60
      ? `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
      : `${whole} min`;
  return `${strftime('%T', time.wall)} up ${up},  1 user,  load average: ${loads}`;
}

/** What ps says of a wrong command line. */
function psError(process: Process, text: string): number {
  process.warn(
    `error: ${text}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`,
  );
  return 1;
}

const UPTIME_USAGE = procpsUsage(
  'uptime',
  '[options]',
  [
    ' -p, --pretty   show uptime in pretty format',
    ' -h, --help     display this help and exit',
    ' -s, --since    system up since',
    ' -V, --version  output version information and exit',
  ],
  1,
  [],
).replace('\n\n\n', '\n\n');

/** As `uptime -p` says it: the largest units first, and minutes in any case. */
function prettyText(seconds: number): string {
  const parts = [
    ['week', Math.floor(seconds / 604_800)],
    ['day', Math.floor(seconds / 86_400) % 7],
    ['hour', Math.floor(seconds / 3600) % 24],
    ['minute', Math.floor(seconds / 60) % 60],
  ] as const;
  const shown = parts.filter(([, count]) => count > 0);
  const said = shown.length === 0 ? [['minute', 0] as const] : shown;
  return said.map(([unit, count]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(', ');
}

export function uptime(process: Process): number {
  const given = readOptions(
    process,
    'phsV',
    { pretty: 'p', help: 'h', since: 's', version: 'V' },
    (one) => {
      one.warn(UPTIME_USAGE);
      return 1;
    },
  );
  if (given.operands.length > 0) {
    process.warn(UPTIME_USAGE);
    return 1;
  }
  const seconds = Number(process.system.fs.read('/proc/uptime').split(' ')[0]);
  const [first] = given.all[0] ?? [];
  if (first === 'h') process.print(UPTIME_USAGE);
  else if (first === 'V') process.print('uptime from procps-ng 4.0.2\n');
  else if (first === 'p') process.print(`up ${prettyText(seconds)}\n`);
  else if (first === 's') {
    process.print(`${strftime('%F %T', process.system.clock.wall - seconds * 1000)}\n`);
  } else process.print(` ${uptimeLine(process)}\n`);
  return 0;
}

/** top -b, and frames of it on a terminal. */
export function* top(process: Process): Program {
  const words = process.args;
  const value = (flag: string, otherwise: number): number => {
    const at = words.findIndex((word) => new RegExp(`^-[a-zA-Z]*${flag}\\d*$`).test(word));
    if (at < 0) return otherwise;
    const inline = /\d+(\.\d+)?$/.exec(words[at] ?? '')?.[0];
    return Number(inline ?? words[at + 1] ?? otherwise);
  };
  const batch = words.some((word) => /^-[a-z]*b/.test(word));
  const rounds = value('n', Number.POSITIVE_INFINITY);
  const delay = value('d', 3);
  for (let round = 0; round < rounds; round++) {
    if (round > 0) yield* process.sleep(delay * 1000);
    yield* process.put(
      `${batch ? (round > 0 ? '\n' : '') : '\f'}${topFrame(process, batch ? 1000 : 20)}`,
    );
  }
  return 0;
}

function topFrame(process: Process, most: number): string {
  const info = numbersOf(process.system.fs.read('/proc/meminfo'));
  const of = (name: string): number => info.get(name) ?? 0;
  const list = processList(process);
  const mib = (kib: number): string => (kib / 1024).toFixed(1).padStart(8);
  const cpu = (/^cpu +(.*)$/m.exec(process.system.fs.read('/proc/stat'))?.[1] ?? '')
    .split(' ')
    .map(Number);
  const all = Math.max(
    1,
    cpu.reduce((sum, value) => sum + value, 0),
  );
  const share = (at: number): string => (((cpu[at] ?? 0) / all) * 100).toFixed(1).padStart(5);
  const cache = of('Buffers') + of('Cached') + of('SReclaimable');
  const running = list.filter(({ state }) => state === 'R').length;
  const total = of('MemTotal');
  const rows = [...list]
    .sort((a, b) => b.time / b.age - a.time / a.age || b.rss - a.rss)
    .slice(0, most)
    .map(
      (one) =>
        `${String(one.pid).padStart(7)} ${one.user.slice(0, 8).padEnd(8)}  20   0 ${String(one.vsz).padStart(7)} ${String(one.rss).padStart(6)} ${String(one.shared).padStart(6)} ${one.state} ${((one.time / one.age) * 100).toFixed(1).padStart(5)} ${((one.rss / total) * 100).toFixed(1).padStart(5)} ${`${minutes(one.time)}.${String(Math.floor(one.time * 100) % 100).padStart(2, '0')}`.padStart(9)} ${one.name}\n`,
    );
  return `top - ${uptimeLine(process)}
Tasks: ${String(list.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(list.length - running).padStart(3)} sleeping,   0 stopped,   0 zombie
%Cpu(s):${share(0)} us,${share(2)} sy,${share(1)} ni,${share(3)} id,${share(4)} wa,${share(5)} hi,${share(6)} si,${share(7)} st 
MiB Mem : ${mib(total)} total, ${mib(of('MemFree'))} free, ${mib(total - of('MemAvailable'))} used, ${mib(cache)} buff/cache     
MiB Swap: ${mib(of('SwapTotal'))} total, ${mib(of('SwapFree'))} free, ${mib(of('SwapTotal') - of('SwapFree'))} used. ${mib(of('MemAvailable'))} avail Mem 

    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
${rows.join('')}`;
}

/** Long options that pgrep knows. */
const PGREP_LONG = new Set(
  'delimiter list-name list-full inverse lightweight count full pgroup group ignore-case newest oldest older parent session terminal euid uid exact pidfile logpidfile runstates ignore-ancestors cgroup ns nslist help version signal echo queue'
    .split(' ')
    .map((name) => `--${name}`),
);

export function pgrep(process: Process): number {
  const words = process.args;
  const flags = words.filter((word) => word.startsWith('-')).join('');
  const long = words.find((word) => word.startsWith('--'));
  if (long !== undefined && !PGREP_LONG.has(long.replace(/=.*/, ''))) {
    process.warn(`${process.name}: unrecognized option '${long}'\n`);
    return 2;
  }
  const pattern = words.filter((word) => !word.startsWith('-')).at(-1);
  if (pattern === undefined) {
    process.warn(
      `${process.name}: no matching criteria specified\nTry \`${process.name} --help' for more information.\n`,
    );
    return 2;
  }
  let expression: RegExp;
  try {
    expression = new RegExp(flags.includes('x') ? `^(?:${pattern})$` : pattern);
  } catch {
    return process.fail(`regex error: Invalid regular expression: ${pattern}`, 2);
  }
  const found = processList(process).filter(
    (one) =>
      one.pid !== process.pid && expression.test(flags.includes('f') ? one.command : one.name),
  );
  if (process.name === 'pkill') {
    for (const { pid } of found) {
      const target = process.system.scheduler.processes.find((other) => other.pid === pid);
      if (target !== undefined) process.system.scheduler.signal({ process: target }, 'TERM');
    }
  } else if (flags.includes('c')) process.print(`${found.length}\n`);
  else {
    for (const one of found) {
      process.print(
        `${one.pid}${flags.includes('a') ? ` ${one.command}` : flags.includes('l') ? ` ${one.name}` : ''}\n`,
      );
    }
  }
  return found.length > 0 ? 0 : 1;
}

export function pidof(process: Process): number {
  const names = process.args.filter((word) => !word.startsWith('-'));
  const pids = processList(process)
    .filter(({ name, command }) =>
      names.some(
        (one) => name === one.slice(0, 15) || command.split(' ')[0]?.endsWith(`/${one}`) === true,
      ),
    )
    .map(({ pid }) => pid)
    .reverse();
  if (pids.length === 0) return 1;
  process.print(`${pids.join(' ')}\n`);
  return 0;
}
