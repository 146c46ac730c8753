import { freeColumns, parseMeminfo, swapColumns } from '../../../mm/meminfo-parts.ts';
import type { MeminfoLines } from '../../../mm/meminfo-parts.ts';
import type { Process, Program } from '../../os/process.ts';
import { Quit } from '../coreutils/common.ts';
import { procpsUsage, readOptions } from '../usage.ts';

/** free(1) of procps-ng 4.0.2: the memory of /proc/meminfo as a table. */

const USAGE = procpsUsage(
  'free',
  '[options]',
  [
    ' -b, --bytes         show output in bytes',
    '     --kilo          show output in kilobytes',
    '     --mega          show output in megabytes',
    '     --giga          show output in gigabytes',
    '     --tera          show output in terabytes',
    '     --peta          show output in petabytes',
    ' -k, --kibi          show output in kibibytes',
    ' -m, --mebi          show output in mebibytes',
    ' -g, --gibi          show output in gibibytes',
    '     --tebi          show output in tebibytes',
    '     --pebi          show output in pebibytes',
    ' -h, --human         show human-readable output',
    '     --si            use powers of 1000 not 1024',
    ' -l, --lohi          show detailed low and high memory statistics',
    ' -t, --total         show total for RAM + swap',
    ' -v, --committed     show committed memory and commit limit',
    ' -s N, --seconds N   repeat printing every N seconds',
    ' -c N, --count N     repeat printing N times, then exit',
    ' -w, --wide          wide output',
  ],
  1,
  [
    '     --help     display this help and exit',
    ' -V, --version  output version information and exit',
  ],
);

const LONG = {
  bytes: 'b',
  kilo: '1',
  mega: '2',
  giga: '3',
  tera: '4',
  peta: '5',
  kibi: 'k',
  mebi: 'm',
  gibi: 'g',
  tebi: 'T',
  pebi: 'P',
  human: 'h',
  si: '@si',
  lohi: 'l',
  total: 't',
  committed: 'v',
  seconds: 's:',
  count: 'c:',
  wide: 'w',
  help: '@help',
  version: 'V',
};

/** KiB that a column counts in, by option. */
const UNITS: Record<string, [power: number, si: boolean]> = {
  b: [0, false],
  k: [1, false],
  m: [2, false],
  g: [3, false],
  T: [4, false],
  P: [5, false],
  '1': [1, true],
  '2': [2, true],
  '3': [3, true],
  '4': [4, true],
  '5': [5, true],
};

const LETTERS = 'BKMGTPE';

/** A size for people: at most four letters, a tenth where there is room (scale_size()). */
function human(kib: number, si: boolean): string {
  const base = si ? 1000 : 1024;
  const bytes = kib * 1024;
  if (bytes < base) return `${bytes}B`.slice(0, 5);
  const suffix = (power: number): string => `${LETTERS[power] ?? ''}${si ? '' : 'i'}`;
  for (let power = 1; power < LETTERS.length; power++) {
    const value = bytes / base ** power;
    const tenth = `${value.toFixed(1)}`;
    if (tenth.length <= 3) return `${tenth}${suffix(power)}`;
    const whole = `${Math.trunc(value)}`;
    if (whole.length <= 3) return `${whole}${suffix(power)}`;
  }
  return '0';
}

function scaled(kib: number, unit: string, si: boolean, people: boolean): string {
  if (people) return human(kib, si);
  const [power, decimal] = UNITS[unit] ?? [1, false];
  if (power === 0) return String(kib * 1024);
  if (decimal || si) return String(Math.floor((kib * 1024) / 1000 ** power));
  return String(Math.floor(kib / 1024 ** (power - 1)));
}

export function* free(process: Process): Program {
  const given = readOptions(process, 'bkmghltvs:c:wV', LONG, (one) => {
    one.warn(USAGE);
    return 1;
  });
  let [unit, si, people, interval, count] = ['k', false, false, 0, 0];
  let units = 0;
  for (const [key, value] of given.all) {
    if (key in UNITS) {
      if (units++ > 0) return process.fail("Multiple unit options don't make sense.");
      unit = key;
    } else if (key === 'h') people = true;
    else if (key === '@si') si = true;
    else if (key === '@help') {
      process.print(USAGE);
      return 0;
    } else if (key === 'V') {
      process.print('free from procps-ng 4.0.2\n');
      return 0;
    } else if (key === 's') {
      const seconds = Number(value);
      if (value.trim() === '' || Number.isNaN(seconds)) {
        return process.fail(`seconds argument failed: '${value}': Invalid argument`);
      }
      if (seconds < 0.000_001)
        return process.fail(`seconds argument \`${value}' is not positive number`);
      interval = seconds;
    } else if (key === 'c') {
      if (!/^[-+]?\d+$/.test(value))
        return process.fail(`failed to parse count argument: '${value}'`);
      count = Number(value);
      if (count < 1 || count > 2 ** 31 - 1) {
        return process.fail(
          `failed to parse count argument: '${value}': Numerical result out of range`,
        );
      }
    }
  }
  if (given.operands.length > 0) {
    process.warn(USAGE);
    throw new Quit(1);
  }
  const show = (kib: number): string => scaled(kib, unit, si, people).padStart(11);
  for (let round = 1; ; round++) {
    if (!process.system.fs.exists('/proc/meminfo')) {
      return process.fail('Memory information file /proc/meminfo does not exist');
    }
    const info = parseMeminfo(process.system.fs.read('/proc/meminfo'));
    yield* process.put(table(info, given.has.bind(given), show));
    if (count === 0 ? interval === 0 : round >= count) return 0;
    yield* process.put('\n');
    yield* process.sleep((interval === 0 ? 1 : interval) * 1000);
  }
}

function table(
  info: MeminfoLines,
  has: (key: string) => boolean,
  show: (kib: number) => string,
): string {
  const of = (name: string): number => info.get(name) ?? 0;
  const columns = freeColumns(info);
  const { total, used, free: unused, shared, available } = columns;
  const row = (name: string, values: readonly number[]): string =>
    `${name.padEnd(9)}${values.map(show).join(' ')}\n`;
  const wide = has('w');
  const heading = [
    'total',
    'used',
    'free',
    'shared',
    ...(wide ? ['buffers', 'cache'] : ['buff/cache']),
    'available',
  ];
  let text = `         ${heading.map((name) => name.padStart(11)).join(' ')}\n`;
  text += row('Mem:', [
    total,
    used,
    unused,
    shared,
    ...(wide ? [of('Buffers'), of('Cached') + of('SReclaimable')] : [columns['buff/cache']]),
    available,
  ]);
  if (has('l')) {
    const low = info.get('LowTotal') ?? total;
    const lowFree = info.get('LowFree') ?? unused;
    text += row('Low:', [low, low - lowFree, lowFree]);
    const [high, highFree] = [of('HighTotal'), of('HighFree')];
    text += row('High:', [high, high - highFree, highFree]);
  }
  const swap = swapColumns(info);
  text += row('Swap:', [swap.total, swap.used, swap.free]);
  if (has('t')) {
    text += row('Total:', [total + swap.total, used + swap.used, unused + swap.free]);
  }
  if (has('v')) {
    const [limit, committed] = [of('CommitLimit'), of('Committed_AS')];
    text += row('Comm:', [limit, committed, limit - committed]);
  }
  return text;
}
