import { Errno } from '../../os/errno.ts';
import { readSome } from '../../os/process.ts';
import type { Process, Program, Tool } from '../../os/process.ts';
import { printfText } from '../../shell/printf.ts';
import { TestFault, testWords } from '../../shell/test.ts';
import { unescape } from '../../shell/parse.ts';
import { Quit, human, missingOperand, options, sizeOf, strftime, tryHelp } from './common.ts';

/** Commands that tell of the system, or run others: date, uname, id, env, sleep, timeout, df, dd, xargs, find … */

/** Starts another program, found by `PATH`, in the place of a shell; its exit status. */
export function* runOther(
  process: Process,
  words: readonly string[],
  extra: Partial<{ env: Map<string, string> }> = {},
): Program {
  const [name = ''] = words;
  const { system } = process;
  const paths = name.includes('/')
    ? [name]
    : (process.env.get('PATH') ?? '/usr/sbin:/usr/bin')
        .split(':')
        .map((folder) => `${folder}/${name}`);
  let tool: Tool | undefined;
  for (const path of paths) {
    try {
      tool = system.tools.get(system.fs.find(path, process.cwd).path);
    } catch {
      continue;
    }
    if (tool !== undefined) break;
  }
  if (tool === undefined) {
    process.warn(
      `${process.name}: ${/^(env|xargs)$/.test(process.name) ? (process.name === 'env' ? `‘${name}’` : name) : `failed to run command ‘${name}’`}: No such file or directory\n`,
    );
    return 127;
  }
  const child = system.scheduler.start(tool, {
    system,
    argv: words,
    parent: process,
    env: extra.env ?? process.env,
    cwd: process.cwd,
    umask: process.umask,
    fds: process.fds,
    group: process.group,
  });
  return yield* process.wait(child);
}

const SECONDS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function secondsOf(text: string): number | null {
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  return match === null ? null : Number(match[1]) * (SECONDS[match[2] ?? ''] ?? 1);
}

export function* sleep(process: Process): Program {
  const given = options(process, '');
  if (given.operands.length === 0) throw missingOperand(process);
  let total = 0;
  for (const word of given.operands) {
    const seconds = word === 'infinity' ? 1e9 : secondsOf(word);
    if (seconds === null) {
      process.fail(`invalid time interval ‘${word}’`);
      throw tryHelp(process);
    }
    total += seconds;
  }
  yield* process.sleep(total * 1000);
  return 0;
}

export function* timeout(process: Process): Program {
  const given = options(
    process,
    '+k:s:fv',
    { 'kill-after': 'k:', signal: 's:', 'preserve-status': '@preserve', foreground: 'f' },
    125,
  );
  const [time, ...words] = given.operands;
  if (time === undefined || words.length === 0) {
    process.fail('missing operand');
    throw tryHelp(process, 125);
  }
  const seconds = secondsOf(time);
  if (seconds === null) {
    process.fail(`invalid time interval ‘${time}’`);
    throw tryHelp(process, 125);
  }
  const runner = runOther(process, words);
  const end = process.system.clock.now + seconds * 1000;
  const before = new Set(process.system.scheduler.processes);
  for (let step = runner.next(); ; step = runner.next()) {
    if (step.done === true) return step.value;
    const wait = step.value;
    yield {
      ready: () => wait.ready(),
      until: Math.min(wait.until ?? end, seconds === 0 ? Number.POSITIVE_INFINITY : end),
    };
    if (wait.ready() || seconds === 0 || process.system.clock.now < end) continue;
    for (const other of process.system.scheduler.processes) {
      if (!before.has(other) && isBelow(other, process)) {
        process.system.scheduler.signal({ process: other }, 'TERM');
      }
    }
    return 124;
  }
}

function isBelow(process: Process, ancestor: Process): boolean {
  for (let at: Process | null = process; at !== null; at = at.parent)
    if (at.parent === ancestor) return true;
  return false;
}

export function* env(process: Process): Program {
  const given = options(process, '+iu:0', { 'ignore-environment': 'i', unset: 'u:' }, 125);
  const variables =
    given.has('i') || given.operands[0] === '-' ? new Map<string, string>() : new Map(process.env);
  for (const [key, value] of given.all) if (key === 'u') variables.delete(value);
  let at = given.operands[0] === '-' ? 1 : 0;
  for (; /^[^=]+=/.test(given.operands[at] ?? ''); at++) {
    const word = given.operands[at] ?? '';
    const equals = word.indexOf('=');
    variables.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const words = given.operands.slice(at);
  if (words.length > 0) return yield* runOther(process, words, { env: variables });
  for (const [name, value] of variables) process.print(`${name}=${value}\n`);
  return 0;
}

export function printenv(process: Process): number {
  const names = process.args;
  if (names.length === 0) {
    for (const [name, value] of process.env) process.print(`${name}=${value}\n`);
    return 0;
  }
  let status = 0;
  for (const name of names) {
    const value = process.env.get(name);
    if (value === undefined) status = 1;
    else process.print(`${value}\n`);
  }
  return status;
}

export function* nohup(process: Process): Program {
  if (process.args.length === 0) {
    process.fail('missing operand');
    throw tryHelp(process, 125);
  }
  return yield* runOther(process, process.args);
}

export function* nice(process: Process): Program {
  const given = options(process, '+n:', { adjustment: 'n:' }, 125);
  if (given.operands.length === 0) {
    process.print('0\n');
    return 0;
  }
  return yield* runOther(process, given.operands);
}

/** A date as -d reads it: seconds after @, ISO forms, and a few words. */
function dateOf(text: string, now: number): number | null {
  if (text.startsWith('@')) return Number(text.slice(1)) * 1000;
  if (text === 'now' || text === 'today' || text === '') return now;
  if (text === 'yesterday') return now - 86_400_000;
  if (text === 'tomorrow') return now + 86_400_000;
  const ago = /^(\d+)\s+(second|sec|minute|min|hour|day|week)s?(\s+ago)?$/.exec(text);
  if (ago !== null) {
    const unit =
      { second: 1, sec: 1, minute: 60, min: 60, hour: 3600, day: 86_400, week: 604_800 }[
        ago[2] ?? ''
      ] ?? 1;
    return now + Number(ago[1]) * unit * 1000 * (ago[3] === undefined ? 1 : -1);
  }
  const iso = /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d))?)?(?:Z|\s*UTC)?$/.exec(
    text,
  );
  if (iso === null) return null;
  const [, y, mo, d, h = '0', mi = '0', s = '0'] = iso;
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

export function date(process: Process): number {
  const given = options(process, 'd:uRI::r:s:', {
    date: 'd:',
    utc: 'u',
    universal: 'u',
    'iso-8601': 'I::',
    'rfc-email': 'R',
    reference: 'r:',
    'rfc-3339': '@3339:',
  });
  const { wall } = process.system.clock;
  const text = given.value('d');
  const reference = given.value('r');
  let time: number | null = text === undefined ? wall : dateOf(text, wall);
  if (reference !== undefined) {
    try {
      time = process.system.fs.stat(reference, process.cwd).mtime;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return process.fail(`${reference}: ${error.message}`);
    }
  }
  if (time === null) return process.fail(`invalid date ‘${text ?? ''}’`);
  const [format] = given.operands;
  if (given.has('s')) return process.fail('cannot set date: Operation not permitted');
  if (format !== undefined && !format.startsWith('+'))
    return process.fail(`invalid date ‘${format}’`);
  const iso = { date: '%F', hours: '%FT%H+00:00', minutes: '%FT%R+00:00', seconds: '%FT%T+00:00' }[
    given.value('I') || 'date'
  ];
  const pattern =
    format?.slice(1) ??
    (given.has('I')
      ? (iso ?? '%F')
      : given.has('R')
        ? '%a, %d %b %Y %T +0000'
        : given.has('@3339')
          ? '%F %T+00:00'
          : '%a %b %e %H:%M:%S UTC %Y');
  process.print(`${strftime(pattern, time)}\n`);
  return 0;
}

export function uname(process: Process): number {
  const given = options(process, 'asnrvmpio', {
    all: 'a',
    'kernel-name': 's',
    nodename: 'n',
    'kernel-release': 'r',
    'kernel-version': 'v',
    machine: 'm',
    'operating-system': 'o',
  });
  if (given.operands.length > 0) {
    process.fail(`extra operand ‘${given.operands[0] ?? ''}’`);
    throw tryHelp(process);
  }
  const { uname: names } = process.system;
  const fields: [string, string][] = [
    ['s', names.sysname],
    ['n', names.nodename],
    ['r', names.release],
    ['v', names.version],
    ['m', names.machine],
    ['p', 'unknown'],
    ['i', 'unknown'],
    ['o', 'GNU/Linux'],
  ];
  const all = given.has('a');
  const shown = fields.filter(([key]) => (all ? key !== 'p' && key !== 'i' : given.has(key)));
  process.print(
    `${(shown.length > 0 ? shown : fields.slice(0, 1)).map(([, text]) => text).join(' ')}\n`,
  );
  return 0;
}

export function hostname(process: Process): number {
  const [name] = process.args;
  const host = process.system.uname.nodename;
  if (name === undefined || name === '-s' || name === '-f') process.print(`${host}\n`);
  else if (name === '-I' || name === '-i') process.print('127.0.1.1 \n');
  else process.system.fs.write('/proc/sys/kernel/hostname', name);
  return 0;
}

export function id(process: Process): number {
  const given = options(process, 'ugGnr', { user: 'u', group: 'g', groups: 'G', name: 'n' });
  const name = given.has('n');
  if (given.has('u')) process.print(name ? 'root\n' : '0\n');
  else if (given.has('g') || given.has('G')) process.print(name ? 'root\n' : '0\n');
  else process.print('uid=0(root) gid=0(root) groups=0(root)\n');
  return 0;
}

export function nproc(process: Process): number {
  const given = options(process, '', { all: '@all', ignore: '@ignore:' });
  const [extra] = given.operands;
  if (extra !== undefined) {
    process.fail(`extra operand ‘${extra}’`);
    throw tryHelp(process);
  }
  // numactl and taskset say on which ones.
  const bound = given.has('@all') ? undefined : process.env.get('PAGEWALK_CPUS');
  const all = process.system.calls.cpus.length;
  const count = bound === undefined ? all : bound.split(',').length;
  process.print(`${Math.max(1, count - Number(given.value('@ignore') ?? 0))}\n`);
  return 0;
}

/** df: what statfs(2) tells of each mount. */
export function df(process: Process): number {
  const given = options(process, 'hkmTaiPt:x:l', {
    'human-readable': 'h',
    'print-type': 'T',
    all: 'a',
    inodes: 'i',
    portability: 'P',
    type: 't:',
  });
  const { fs, calls } = process.system;
  const rows: { source: string; type: string; size: number; used: number; target: string }[] = [];
  let status = 0;
  const add = (target: string): void => {
    const mount = fs.state.mounts.findLast((other) => other.target === target);
    if (mount === undefined) return;
    const { size, used } = calls.statfs(target);
    rows.push({ source: mount.source, type: mount.type, size, used, target });
  };
  if (given.operands.length > 0) {
    for (const name of given.operands) {
      try {
        add(fs.find(name, process.cwd).mount.target);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        status = process.fail(`${name}: ${error.message}`);
      }
    }
    if (rows.length === 0) return status;
  } else {
    const seen = new Set<string>();
    for (const { target } of fs.state.mounts) {
      if (seen.has(target)) continue;
      seen.add(target);
      add(target);
    }
  }
  const type = given.value('t');
  const listed = rows.filter(
    (row) =>
      (type === undefined || row.type === type) &&
      (given.operands.length > 0 || given.has('a') || row.size > 0),
  );
  const unit = given.has('m') ? 2 ** 20 : 1024;
  const shown = (bytes: number): string =>
    given.has('h') ? (bytes === 0 ? '0' : human(bytes)) : String(Math.ceil(bytes / unit));
  const heading = given.has('h') ? 'Size' : given.has('m') ? '1M-blocks' : '1K-blocks';
  const table: string[][] = [
    [
      'Filesystem',
      ...(given.has('T') ? ['Type'] : []),
      heading,
      'Used',
      given.has('h') ? 'Avail' : 'Available',
      'Use%',
      'Mounted on',
    ],
    ...listed.map((row) => [
      row.source,
      ...(given.has('T') ? [row.type] : []),
      shown(row.size),
      shown(row.used),
      shown(row.size - row.used),
      row.size === 0 ? '-' : `${Math.ceil((row.used / row.size) * 100)}%`,
      row.target,
    ]),
  ];
  const columns = table[0]?.length ?? 0;
  const least = [14, ...(given.has('T') ? [4] : []), 5, 5, 5, 4, 0];
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(least[column] ?? 0, ...table.map((row) => (row[column] ?? '').length)),
  );
  for (const row of table) {
    process.print(
      `${row
        .map((cell, column) => {
          if (column === columns - 1) return cell;
          const left = column === 0 || (given.has('T') && column === 1);
          return left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
        })
        .join(' ')}\n`,
    );
  }
  return status;
}

/** Bytes in a second that a copy makes here. */
const RATE = 420e6;

export function* dd(process: Process): Program {
  const given: Record<string, string> = {};
  for (const word of process.args) {
    const equals = word.indexOf('=');
    const key = word.slice(0, equals);
    if (
      equals < 0 ||
      ![
        'if',
        'of',
        'bs',
        'ibs',
        'obs',
        'count',
        'skip',
        'seek',
        'conv',
        'status',
        'iflag',
        'oflag',
      ].includes(key)
    ) {
      process.fail(`unrecognized operand ‘${word}’`);
      throw tryHelp(process);
    }
    given[key] = word.slice(equals + 1);
  }
  const number = (key: string, otherwise: number): number => {
    const text = given[key];
    if (text === undefined) return otherwise;
    const parts = text.split('x').map((part) => sizeOf(part, true));
    if (parts.some((part) => part === null)) {
      process.fail(`invalid number: ‘${text}’`);
      throw new Quit(1);
    }
    return parts.reduce<number>((product, part) => product * (part ?? 0), 1);
  };
  const bs = number('bs', number('ibs', 512));
  if (bs === 0) return process.fail("invalid number: '0'");
  const count = number('count', Number.POSITIVE_INFINITY);
  const { fs, clock } = process.system;
  const conv = (given['conv'] ?? '').split(',');
  const fails = (what: string, name: string, error: unknown): number => {
    if (!(error instanceof Errno)) throw error;
    return process.fail(`${what} '${name}': ${error.message}`);
  };
  const started = clock.now;
  const input = given['if'];
  const output = given['of'];
  let source;
  let target;
  try {
    source = input === undefined ? null : fs.open(input, process.cwd, { read: true });
  } catch (error) {
    return fails('failed to open', input ?? '', error);
  }
  try {
    target =
      output === undefined
        ? null
        : fs.open(output, process.cwd, {
            write: true,
            create: !conv.includes('nocreat'),
            truncate: !conv.includes('notrunc') && given['seek'] === undefined,
            mode: 0o666 & ~process.umask,
          });
  } catch (error) {
    source?.open.close();
    return fails('failed to open', output ?? '', error);
  }
  let [whole, part, wholeOut, partOut, bytes, status] = [0, 0, 0, 0, 0, 0];
  try {
    if (given['skip'] !== undefined) source?.seek(number('skip', 0) * bs);
    if (given['seek'] !== undefined) target?.seek(number('seek', 0) * bs);
    for (let block = 0; block < count; block++) {
      let read = 0;
      if (source !== null && target !== null) {
        const extents = source.readExtents(bs);
        if (extents === null) break;
        read = extents.reduce((sum, extent) => sum + sizeOfExtent(extent), 0);
        if (read === bs) whole++;
        else part++;
        target.writeExtents(extents);
      } else {
        let text = '';
        if (source === null) {
          const some = yield* readSome(process.stdin);
          if (some === null) break;
          text = some;
        } else {
          const some = source.read(bs);
          if (some === null) break;
          text = some;
        }
        read = text.length;
        if (read === bs) whole++;
        else part++;
        if (target === null) yield* process.put(text);
        else target.write(text);
      }
      bytes += read;
      if (read === bs) wholeOut++;
      else partOut++;
      if (bytes > 0 && bytes % (64 * 2 ** 20) < bs)
        yield* process.sleep(((64 * 2 ** 20) / RATE) * 1000);
    }
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EPIPE') throw error;
    status = fails(
      error.code === 'EISDIR' ? 'error reading' : 'error writing',
      (error.code === 'EISDIR' ? input : output) ?? 'standard output',
      error,
    );
  } finally {
    source?.open.close();
    target?.open.close();
  }
  const rest = (bytes % (64 * 2 ** 20)) / RATE;
  if (rest > 0.001) yield* process.sleep(rest * 1000);
  if (given['status'] === 'none') return status;
  process.warn(`${whole}+${part} records in\n${wholeOut}+${partOut} records out\n`);
  if (given['status'] === 'noxfer') return status;
  const seconds = Math.max((clock.now - started) / 1000, 0.000_05 + bytes / RATE);
  const units = bytes >= 1000 ? ` (${both(bytes)})` : '';
  process.warn(
    `${bytes} byte${bytes === 1 ? '' : 's'}${units} copied, ${significant(seconds)} s, ${speed(bytes / seconds)}\n`,
  );
  return status;
}

function sizeOfExtent(extent: object): number {
  if ('text' in extent) return new TextEncoder().encode(String(extent.text)).length;
  return Number(Object.values(extent)[0]);
}

function both(bytes: number): string {
  const decimal = si(bytes, 1000, ['kB', 'MB', 'GB', 'TB']);
  const binary = bytes >= 1024 ? `, ${si(bytes, 1024, ['KiB', 'MiB', 'GiB', 'TiB'])}` : '';
  return `${decimal}${binary}`;
}
function si(bytes: number, base: number, units: readonly string[]): string {
  let value = bytes / base;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${value < 9.95 ? (Number.isInteger(value) ? value.toFixed(1) : value.toFixed(1)) : Math.round(value)} ${units[unit] ?? ''}`;
}
const significant = (value: number): string => String(Number(value.toPrecision(6)));
function speed(rate: number): string {
  if (rate < 1000) return `${(rate / 1000).toFixed(1)} kB/s`;
  return `${si(rate, 1000, ['kB', 'MB', 'GB'])}/s`;
}

export function basename(process: Process): number {
  const given = options(process, '+as:z', { multiple: 'a', suffix: 's:' });
  if (given.operands.length === 0) throw missingOperand(process);
  const many = given.has('a') || given.has('s');
  const names = many ? given.operands : given.operands.slice(0, 1);
  const ending = given.value('s') ?? (many ? '' : (given.operands[1] ?? ''));
  for (const name of names) {
    const base = name.replace(/\/+$/, '').replace(/^.*\//, '') || (name.startsWith('/') ? '/' : '');
    process.print(
      `${ending !== '' && base !== ending && base.endsWith(ending) ? base.slice(0, -ending.length) : base}\n`,
    );
  }
  return 0;
}

export function dirname(process: Process): number {
  const given = options(process, 'z');
  if (given.operands.length === 0) throw missingOperand(process);
  for (const name of given.operands) {
    const trimmed = name.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    process.print(
      `${slash < 0 ? (trimmed === '' && name.startsWith('/') ? '/' : '.') : trimmed.slice(0, slash).replace(/\/+$/, '') || '/'}\n`,
    );
  }
  return 0;
}

export function echo(process: Process): number {
  const words = [...process.args];
  let [newline, escapes] = [true, false];
  while (/^-[neE]+$/.test(words[0] ?? '')) {
    const word = words.shift() ?? '';
    if (word.includes('n')) newline = false;
    if (word.includes('e')) escapes = true;
  }
  const text = words.join(' ');
  process.print(`${escapes ? unescape(text) : text}${newline ? '\n' : ''}`);
  return 0;
}

export function printf(process: Process): number {
  const [format, ...args] = process.args;
  if (format === undefined) throw missingOperand(process);
  const { text, problems } = printfText(format, args);
  for (const problem of problems) process.fail(problem);
  process.print(text);
  return problems.length > 0 ? 1 : 0;
}

export function test(process: Process): number {
  let words: readonly string[] = process.args;
  if (process.name === '[') {
    if (words.at(-1) !== ']') return process.fail("missing ']'", 2);
    words = words.slice(0, -1);
  }
  try {
    return testWords(process, words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestFault)) throw error;
    return process.fail(error.message, 2);
  }
}

/** which: where in PATH programs lie. */
export function which(process: Process): number {
  let status = 0;
  const names = process.args.filter((arg) => !arg.startsWith('-'));
  const { fs } = process.system;
  for (const name of names) {
    const path = (process.env.get('PATH') ?? '')
      .split(':')
      .map((folder) => (name.includes('/') ? name : `${folder}/${name}`))
      .find((candidate) => {
        try {
          const stat = fs.stat(candidate, process.cwd);
          return stat.type === 'file' && (stat.mode & 0o111) !== 0;
        } catch {
          return false;
        }
      });
    if (path === undefined) status = 1;
    else process.print(`${path}\n`);
  }
  return status;
}

export function* xargs(process: Process): Program {
  const given = options(process, '+n:I:0rd:tP:L:', {
    null: '0',
    'no-run-if-empty': 'r',
    'max-args': 'n:',
    delimiter: 'd:',
    replace: 'I:',
  });
  let text = '';
  for (
    let some = yield* readSome(process.stdin);
    some !== null;
    some = yield* readSome(process.stdin)
  )
    text += some;
  const replace = given.value('I');
  const words = given.has('0')
    ? text.split('\0').filter((word) => word !== '')
    : given.has('d') || replace !== undefined
      ? text
          .split(given.has('d') ? (given.value('d') ?? '\n').replaceAll('\\n', '\n') : '\n')
          .map((word) => word.trim())
          .filter((word) => word !== '')
      : [...text.matchAll(/"([^"\n]*)"|'([^'\n]*)'|((?:\\.|[^\s\\])+)/g)].map(
          ([, double, single, plain]) => double ?? single ?? (plain ?? '').replace(/\\(.)/g, '$1'),
        );
  const base = given.operands.length > 0 ? given.operands : ['/usr/bin/echo'];
  const groups: string[][] = [];
  if (replace !== undefined) {
    for (const word of words) groups.push(base.map((part) => part.replaceAll(replace, word)));
  } else {
    const most = Number(given.value('n') ?? 5000);
    for (let at = 0; at < words.length; at += most)
      groups.push([...base, ...words.slice(at, at + most)]);
    if (words.length === 0 && !given.has('r')) groups.push([...base]);
  }
  let status = 0;
  for (const group of groups) {
    if (given.has('t')) process.warn(`${group.join(' ')}\n`);
    const result = yield* runOther(process, group);
    if (result === 127) return 127;
    if (result !== 0) status = 123;
  }
  return status;
}
