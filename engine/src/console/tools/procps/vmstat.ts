import type { Process, Program } from '../../os/process.ts';
import { strftime } from '../coreutils/common.ts';
import { numbersOf, procpsUsage, readOptions } from '../usage.ts';

/** vmstat(8) of procps-ng 4.0.2. */

const USAGE = procpsUsage(
  'vmstat',
  '[options] [delay [count]]',
  [
    ' -a, --active           active/inactive memory',
    ' -f, --forks            number of forks since boot',
    ' -m, --slabs            slabinfo',
    ' -n, --one-header       do not redisplay header',
    ' -s, --stats            event counter statistics',
    ' -d, --disk             disk statistics',
    ' -D, --disk-sum         summarize disk statistics',
    ' -p, --partition <dev>  partition specific statistics',
    ' -S, --unit <char>      define display unit',
    ' -w, --wide             wide output',
    ' -t, --timestamp        show timestamp',
    ' -y, --no-first         skips first line of output',
  ],
  8,
);

const UNITS: Record<string, number> = { k: 1000, K: 1024, m: 1_000_000, M: 1_048_576, b: 1 };

interface Sample {
  info: Map<string, number>;
  counts: Map<string, number>;
  cpu: number[];
  interrupts: number;
  switches: number;
  running: number;
  blocked: number;
  forks: number;
  btime: number;
  /** Seconds since the start. */
  uptime: number;
}

function sample(process: Process): Sample {
  const { fs } = process.system;
  const stat = fs.read('/proc/stat');
  const of = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(stat)?.[1] ?? 0);
  return {
    info: numbersOf(fs.read('/proc/meminfo')),
    counts: numbersOf(fs.read('/proc/vmstat')),
    cpu: (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number),
    interrupts: of('intr'),
    switches: of('ctxt'),
    running: of('procs_running'),
    blocked: of('procs_blocked'),
    forks: of('processes'),
    btime: of('btime'),
    uptime: Number(fs.read('/proc/uptime').split(' ')[0]),
  };
}

function row(
  now: Sample,
  before: Sample | null,
  unit: number,
  active: boolean,
  wide: boolean,
): string {
  const seconds = Math.max(0.01, now.uptime - (before?.uptime ?? 0));
  const memory = (kib: number): number => Math.floor((kib * 1024) / unit);
  const of = (name: string): number => now.info.get(name) ?? 0;
  const moved = (name: string): number =>
    (now.counts.get(name) ?? 0) - (before?.counts.get(name) ?? 0);
  const rate = (value: number): number => Math.round(value / seconds);
  const cpu = now.cpu.map((value, index) => value - (before?.cpu[index] ?? 0));
  const all = Math.max(
    1,
    cpu.reduce((sum, value) => sum + value, 0),
  );
  const share = (value: number): number => Math.round((value * 100) / all);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, stolen = 0] = cpu;
  const cache = of('Cached') + of('SReclaimable');
  const values = [
    now.running,
    now.blocked,
    memory(of('SwapTotal') - of('SwapFree')),
    memory(of('MemFree')),
    memory(active ? of('Inactive') : of('Buffers')),
    memory(active ? of('Active') : cache),
    rate((moved('pswpin') * 4096) / unit),
    rate((moved('pswpout') * 4096) / unit),
    rate(moved('pgpgin')),
    rate(moved('pgpgout')),
    rate(now.interrupts - (before?.interrupts ?? 0)),
    rate(now.switches - (before?.switches ?? 0)),
    share(user + nice),
    share(system + irq + soft),
    share(idle),
    share(wait),
    share(stolen),
    ...(wide ? [0] : []),
  ];
  const widths = wide
    ? [4, 4, 12, 12, 12, 12, 4, 4, 5, 5, 4, 4, 3, 3, 3, 3, 3, 3]
    : [2, 2, 6, 6, 6, 6, 4, 4, 5, 5, 4, 4, 2, 2, 2, 2, 2];
  return values.map((value, index) => String(value).padStart(widths[index] ?? 0)).join(' ');
}

function headings(active: boolean, wide: boolean): string {
  const [one, other] = active
    ? wide
      ? ['inact', 'active']
      : [' inact', 'active']
    : wide
      ? ['buff', 'cache']
      : ['  buff', ' cache'];
  if (wide) {
    const cell = (name: string): string => name.padStart(12);
    return `--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- ----------cpu----------\n   r    b ${cell('swpd')} ${cell('free')} ${cell(one)} ${cell(other)}   si   so    bi    bo   in   cs  us  sy  id  wa  st  gu`;
  }
  return `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free ${one} ${other}   si   so    bi    bo   in   cs us sy id wa st`;
}

export function* vmstat(process: Process): Program {
  const given = readOptions(
    process,
    'afmnsdDp:S:wtyhV',
    {
      active: 'a',
      forks: 'f',
      slabs: 'm',
      'one-header': 'n',
      stats: 's',
      disk: 'd',
      'disk-sum': 'D',
      partition: 'p:',
      unit: 'S:',
      wide: 'w',
      timestamp: 't',
      'no-first': 'y',
      help: 'h',
      version: 'V',
    },
    (one) => {
      one.warn(USAGE);
      return 1;
    },
  );
  if (given.has('h')) {
    process.print(USAGE);
    return 0;
  }
  if (given.has('V')) {
    process.print('vmstat from procps-ng 4.0.2\n');
    return 0;
  }
  const letter = given.value('S')?.[0] ?? 'K';
  const unit = UNITS[letter];
  if (unit === undefined || letter === 'b') {
    if (given.has('S') && unit === undefined) {
      return process.fail('-S requires k, K, m or M (default is KiB)');
    }
  }
  if (given.operands.length > 2 || (given.has('d') && given.has('p'))) {
    process.warn(USAGE);
    return 1;
  }
  const numbers: number[] = [];
  for (const word of given.operands) {
    if (!/^-?\d+$/.test(word)) return process.fail(`failed to parse argument: '${word}'`);
    numbers.push(Number(word));
  }
  const [delay, count] = numbers;
  if (delay !== undefined && delay < 1) return process.fail('delay must be positive integer');
  if (given.has('s')) return put(process, stats(process, unit ?? 1024));
  if (given.has('f')) return put(process, `${String(sample(process).forks).padStart(13)} forks\n`);
  if (given.has('m')) return put(process, slabs(process));
  if (given.has('d')) return put(process, disks(process));
  if (given.has('D')) return put(process, diskSum(process));
  const partition = given.value('p');
  if (partition !== undefined) {
    const text = partitionText(process, partition);
    return text === null ? 1 : put(process, text);
  }
  const [active, wide] = [given.has('a'), given.has('w')];
  const stamp = given.has('t');
  const [first = '', second = ''] = headings(active, wide).split('\n');
  const heading = `${first}${stamp ? ' -----timestamp-----' : ''}\n${second}${stamp ? '                 UTC' : ''}\n`;
  yield* process.put(heading);
  let before: Sample | null = null;
  const rounds =
    delay === undefined ? 1 : count === undefined ? Number.POSITIVE_INFINITY : Math.max(1, count);
  for (let round = 0; round < rounds; round++) {
    if (round > 0) yield* process.sleep((delay ?? 1) * 1000);
    if (round > 0 && round % 22 === 0 && !given.has('n') && process.stdout.isTerminal)
      yield* process.put(heading);
    const now = sample(process);
    if (round > 0 || !given.has('y')) {
      const time = stamp ? ` ${strftime('%F %T', process.system.clock.wall)}` : '';
      yield* process.put(`${row(now, before, unit ?? 1024, active, wide)}${time}\n`);
    }
    before = now;
  }
  return 0;
}

function put(process: Process, text: string): number {
  process.print(text);
  return 0;
}

function stats(process: Process, unit: number): string {
  const now = sample(process);
  const of = (name: string): number => now.info.get(name) ?? 0;
  const count = (name: string): number => now.counts.get(name) ?? 0;
  const letter = { 1000: 'k', 1_000_000: 'm', 1_048_576: 'M' }[unit] ?? 'K';
  const memory = (kib: number, name: string): string =>
    `${String(Math.floor((kib * 1024) / unit)).padStart(13)} ${letter} ${name}\n`;
  const plain = (value: number, name: string): string => `${String(value).padStart(13)} ${name}\n`;
  const [
    user = 0,
    nice = 0,
    system = 0,
    idle = 0,
    wait = 0,
    irq = 0,
    soft = 0,
    stolen = 0,
    guest = 0,
  ] = now.cpu;
  const used = of('MemTotal') - of('MemAvailable');
  return [
    memory(of('MemTotal'), 'total memory'),
    memory(used < 0 ? of('MemTotal') - of('MemFree') : used, 'used memory'),
    memory(of('Active'), 'active memory'),
    memory(of('Inactive'), 'inactive memory'),
    memory(of('MemFree'), 'free memory'),
    memory(of('Buffers'), 'buffer memory'),
    memory(of('Cached') + of('SReclaimable'), 'swap cache'),
    memory(of('SwapTotal'), 'total swap'),
    memory(of('SwapTotal') - of('SwapFree'), 'used swap'),
    memory(of('SwapFree'), 'free swap'),
    plain(user, 'non-nice user cpu ticks'),
    plain(nice, 'nice user cpu ticks'),
    plain(system, 'system cpu ticks'),
    plain(idle, 'idle cpu ticks'),
    plain(wait, 'IO-wait cpu ticks'),
    plain(irq, 'IRQ cpu ticks'),
    plain(soft, 'softirq cpu ticks'),
    plain(stolen, 'stolen cpu ticks'),
    plain(guest, 'non-nice guest cpu ticks'),
    plain(0, 'nice guest cpu ticks'),
    `${String(count('pgpgin')).padStart(13)} K paged in\n`,
    `${String(count('pgpgout')).padStart(13)} K paged out\n`,
    plain(count('pswpin'), 'pages swapped in'),
    plain(count('pswpout'), 'pages swapped out'),
    plain(now.interrupts, 'interrupts'),
    plain(now.switches, 'CPU context switches'),
    plain(now.btime, 'boot time'),
    plain(now.forks, 'forks'),
  ].join('');
}

function slabs(process: Process): string {
  const rows = process.system.fs
    .read('/proc/slabinfo')
    .split('\n')
    .slice(2)
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', active = '0', total = '0', size = '0', per = '0'] = line.split(/\s+/);
      return `${name.slice(0, 24).padEnd(24)} ${active.padStart(6)} ${total.padStart(6)} ${size.padStart(6)} ${per.padStart(6)}\n`;
    });
  return `Cache                       Num  Total   Size  Pages\n${rows.join('')}`;
}

interface DiskRow {
  name: string;
  values: number[];
}
function diskRows(process: Process): DiskRow[] {
  return process.system.fs
    .read('/proc/diskstats')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, , name = '', ...values] = line.trim().split(/\s+/);
      return { name, values: values.map(Number) };
    });
}

function disks(process: Process): string {
  const heading =
    'disk- ------------reads------------ ------------writes----------- -----IO------\n       total merged sectors      ms  total merged sectors      ms    cur    sec\n';
  const rows = diskRows(process)
    .filter(({ name }) => !/^(vd[a-z]|sd[a-z])\d+$/.test(name))
    .map(({ name, values }) => {
      const [
        reads = 0,
        merged = 0,
        sectors = 0,
        ms = 0,
        writes = 0,
        wMerged = 0,
        wSectors = 0,
        wMs = 0,
        current = 0,
        busy = 0,
      ] = values;
      const cell = (value: number, width: number): string => String(value).padStart(width);
      return `${name.padEnd(5)} ${cell(reads, 6)} ${cell(merged, 6)} ${cell(sectors, 7)} ${cell(ms, 7)} ${cell(writes, 6)} ${cell(wMerged, 6)} ${cell(wSectors, 7)} ${cell(wMs, 7)} ${cell(Math.floor(current / 1000), 6)} ${cell(Math.floor(busy / 1000), 6)}\n`;
    });
  return heading + rows.join('');
}

function diskSum(process: Process): string {
  const rows = diskRows(process);
  const whole = rows.filter(({ name }) => !/\d$/.test(name) || name.startsWith('loop'));
  const sum = (index: number): number =>
    whole.reduce((all, { values }) => all + (values[index] ?? 0), 0);
  const line = (value: number, name: string): string => `${String(value).padStart(13)} ${name}\n`;
  return [
    line(whole.length, 'disks'),
    line(rows.length - whole.length, 'partitions'),
    line(sum(0), 'total reads'),
    line(sum(1), 'merged reads'),
    line(sum(2), 'read sectors'),
    line(sum(3), 'milli reading'),
    line(sum(4), 'writes'),
    line(sum(5), 'merged writes'),
    line(sum(6), 'written sectors'),
    line(sum(7), 'milli writing'),
    line(0, 'inprogress IO'),
    line(Math.floor(sum(9) / 1000), 'milli spent IO'),
    line(0, 'milli weighted IO'),
  ].join('');
}

function partitionText(process: Process, device: string): string | null {
  const name = device.replace(/^\/dev\//, '');
  const found = diskRows(process).find((disk) => disk.name === name);
  if (found === undefined) {
    process.warn(`vmstat: Disk/Partition ${name} not found\n`);
    return null;
  }
  const { values } = found;
  const cell = (value: number | undefined, width: number): string =>
    String(value ?? 0).padStart(width);
  return `${name.padEnd(10)} ${'reads'.padStart(10)}  ${'read sectors'.padStart(16)}  ${'writes'.padStart(10)}  ${'requested writes'.padStart(16)}\n${cell(values[0], 21)}  ${cell(values[2], 16)}  ${cell(values[4], 10)}  ${cell(values[6], 16)}\n`;
}
