import type { Process, Program } from '../../os/process.ts';
import { runOther } from '../coreutils/system.ts';
import { Quit } from '../coreutils/common.ts';
import { BadOption, Getopt } from '../getopt.ts';

/** numactl(8) 2.0.16. */

const USAGE = `usage: numactl [--all | -a] [--balancing | -b] [--interleave= | -i <nodes>]
\t\t[--preferred= | -p <node>] [--preferred-many= | -P <nodes>]
               [--physcpubind= | -C <cpus>] [--cpunodebind= | -N <nodes>]
               [--membind= | -m <nodes>] [--localalloc | -l] command args ...
               [--localalloc | -l] command args ...
       numactl [--show | -s]
       numactl [--hardware | -H]
       numactl [--length | -L <length>] [--offset | -o <offset>] [--shmmode | -M <shmmode>]
               [--strict | -t]
               [--shmid | -I <id>] --shm | -S <shmkeyfile>
               [--shmid | -I <id>] --file | -f <tmpfsfile>
               [--huge | -u] [--touch | -T] 
               memory policy [--dump | -d] [--dump-nodes | -D]

memory policy is --interleave | -i, --preferred | -p, --membind | -m, --localalloc | -l
<nodes> is a comma delimited list of node numbers or A-B ranges or all.
Instead of a number a node can also be:
  netdev:DEV the node connected to network device DEV
  file:PATH  the node the block device of path is connected to
  ip:HOST    the node of the network device host routes through
  block:PATH the node of block device path
  pci:[seg:]bus:dev[:func] The node of a PCI device
<cpus> is a comma delimited list of cpu numbers or A-B ranges or all
all ranges can be inverted with !
all numbers and ranges can be made cpuset-relative with +
the old --cpubind argument is deprecated.
use --cpunodebind or --physcpubind instead
use --balancing | -b to enable Linux kernel NUMA balancing
for the process if it is supported by kernel
<length> can have g (GB), m (MB) or k (KB) suffixes
`;

/** Numbers of a list such as `0,2-3`, `all`, `!1`; null where it is none. */
export function listOf(text: string, all: readonly number[]): number[] | null {
  if (text === 'all') return [...all];
  const inverted = text.startsWith('!');
  const numbers: number[] = [];
  for (const part of text.replace(/^[!+]/, '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return null;
    for (let at = Number(match[1]); at <= Math.min(Number(match[2] ?? match[1]), 1023); at++)
      numbers.push(at);
  }
  return inverted ? all.filter((number) => !numbers.includes(number)) : numbers;
}

interface Node {
  id: number;
  cpus: number[];
  total: number;
  free: number;
  distances: string[];
}

export function nodesOf(process: Process): Node[] {
  const { fs } = process.system;
  const base = '/sys/devices/system/node';
  return fs
    .list(base, '/')
    .map((name) => /^node(\d+)$/.exec(name)?.[1])
    .filter((id): id is string => id !== undefined)
    .map((id) => {
      const info = fs.read(`${base}/node${id}/meminfo`);
      const of = (name: string): number =>
        Number(new RegExp(`${name}:\\s+(\\d+)`).exec(info)?.[1] ?? 0);
      return {
        id: Number(id),
        cpus: listOf(fs.read(`${base}/node${id}/cpulist`).trim(), []) ?? [],
        total: of('MemTotal'),
        free: of('MemFree'),
        distances: fs.read(`${base}/node${id}/distance`).trim().split(/\s+/),
      };
    });
}

function hardware(process: Process): void {
  const nodes = nodesOf(process);
  const ids = nodes.map(({ id }) => id);
  const range = ids.length === 1 ? '0' : `0-${ids.length - 1}`;
  let text = `available: ${nodes.length} nodes (${range})\n`;
  for (const { id, cpus, total, free } of nodes) {
    text += `node ${id} cpus: ${cpus.join(' ')}\nnode ${id} size: ${Math.floor(total / 1024)} MB\nnode ${id} free: ${Math.floor(free / 1024)} MB\n`;
  }
  text += `node distances:\nnode ${ids.map((id) => String(id).padStart(3)).join(' ')} \n`;
  for (const { id, distances } of nodes) {
    text += `${String(id).padStart(3)}: ${distances.map((distance) => distance.padStart(3)).join(' ')} \n`;
  }
  process.print(text);
}

interface Policy {
  policy: string;
  preferred: string;
  cpus: readonly number[];
  cpuNodes: readonly number[];
  memory: readonly number[];
}

/** The policy is handed on to the program in its environment. */
function policyOf(process: Process): Policy {
  const text = process.env.get('PAGEWALK_NUMA');
  if (text !== undefined) return JSON.parse(text) as Policy;
  const nodes = nodesOf(process).map(({ id }) => id);
  return {
    policy: 'default',
    preferred: 'current',
    cpus: process.system.calls.cpus,
    cpuNodes: nodes,
    memory: nodes,
  };
}

function show(process: Process): void {
  const { policy, preferred, cpus, cpuNodes, memory } = policyOf(process);
  const list = (numbers: readonly number[]): string =>
    numbers.map((number) => `${number} `).join('');
  process.print(
    `policy: ${policy}\npreferred node: ${preferred}\nphyscpubind: ${list(cpus)}\ncpubind: ${list(cpuNodes)}\nnodebind: ${list(cpuNodes)}\nmembind: ${list(memory)}\npreferred: ${preferred === 'current' ? '' : `${preferred} `}\n`,
  );
}

export function* numactl(process: Process): Program {
  const usage = (): Quit => {
    process.warn(USAGE);
    return new Quit(1);
  };
  const reader = new Getopt(process.args, '+ai:p:P:C:N:m:lsHbhVL:o:M:tI:S:f:uTdD', {
    all: 'a',
    interleave: 'i:',
    preferred: 'p:',
    'preferred-many': 'P:',
    physcpubind: 'C:',
    cpunodebind: 'N:',
    cpubind: 'N:',
    membind: 'm:',
    localalloc: 'l',
    show: 's',
    hardware: 'H',
    balancing: 'b',
    version: 'V',
    help: 'h',
  });
  const nodes = nodesOf(process);
  const ids = nodes.map(({ id }) => id);
  const current = policyOf(process);
  let policy: Policy = { ...current };
  let [acted, bound] = [false, false];
  try {
    for (const [key, value] of reader) {
      const list = (all: readonly number[], what: string): number[] => {
        const numbers = listOf(value, all);
        const bad = numbers?.find((number) => !all.includes(number));
        if (numbers === null || numbers.length === 0 || bad !== undefined) {
          process.print(`<${value}> is invalid\n`);
          if (numbers !== null && bad !== undefined) {
            process.warn(`libnuma: Warning: ${what} argument ${bad} is out of range\n\n`);
          } else process.warn(`libnuma: Warning: unparseable ${what} description \`${value}'\n\n`);
          throw usage();
        }
        return numbers;
      };
      switch (key) {
        case 'H':
          hardware(process);
          acted = true;
          break;
        case 's':
          show(process);
          acted = true;
          break;
        case 'V':
          process.print('2.0.16\n');
          return 0;
        case 'h':
          throw usage();
        case 'm':
          policy = { ...policy, policy: 'bind', memory: list(ids, 'node') };
          policy.preferred = String(policy.memory[0] ?? 0);
          bound = true;
          break;
        case 'i':
          policy = {
            ...policy,
            policy: 'interleave',
            memory: ids,
            preferred: `${list(ids, 'node')[0] ?? 0} (interleave next)`,
          };
          bound = true;
          break;
        case 'p':
        case 'P':
          policy = {
            ...policy,
            policy: key === 'p' ? 'preferred' : 'preferred-many',
            preferred: String(list(ids, 'node')[0] ?? 0),
          };
          bound = true;
          break;
        case 'l':
          policy = { ...policy, policy: 'local' };
          bound = true;
          break;
        case 'N': {
          const cpuNodes = list(ids, 'node');
          policy = {
            ...policy,
            cpuNodes,
            cpus: nodes.filter(({ id }) => cpuNodes.includes(id)).flatMap(({ cpus }) => cpus),
          };
          bound = true;
          break;
        }
        case 'C':
          policy = { ...policy, cpus: list(process.system.calls.cpus, 'cpu') };
          bound = true;
          break;
        default:
          break;
      }
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.fail(error.message);
    throw usage();
  }
  if (reader.operands.length === 0) {
    if (acted) return 0;
    if (bound) process.warn('numactl: no command\n');
    throw usage();
  }
  const env = new Map(process.env);
  env.set(
    'PAGEWALK_NUMA',
    JSON.stringify({
      ...policy,
      cpus:
        policy.cpuNodes.length < ids.length
          ? process.system.calls.cpus.filter((cpu) => policy.cpus.includes(cpu))
          : policy.cpus,
    }),
  );
  if (policy.cpus.length < process.system.calls.cpus.length)
    env.set('PAGEWALK_CPUS', policy.cpus.join(','));
  return yield* runOther(process, reader.operands, { env });
}

const NUMASTAT_USAGE = `Usage: numastat [-c] [-m] [-n] [-p <PID>|<pattern>] [-s[<node>]] [-v] [-V] [-z] [ <PID>|<pattern>... ]
-c to minimize column widths
-m to show meminfo-like system-wide memory usage
-n to show the numastat statistics info
-p <PID>|<pattern> to show process info
-s[<node>] to sort data by total column or <node>
-v to make some reports more verbose
-V to show the numastat code version
-z to skip rows and columns of zeros
`;

/** Rows of -m, of which the newest kernels have more than numastat knows. */
const MEMINFO =
  'MemTotal MemFree MemUsed Active Inactive Active(anon) Inactive(anon) Active(file) Inactive(file) Unevictable Mlocked Dirty Writeback FilePages Mapped AnonPages Shmem KernelStack PageTables NFS_Unstable Bounce WritebackTmp Slab SReclaimable SUnreclaim AnonHugePages ShmemHugePages ShmemPmdMapped HugePages_Total HugePages_Free HugePages_Surp KReclaimable'.split(
    ' ',
  );
const UNKNOWN = ['SwapCached', 'SecPageTables', 'FileHugePages', 'FilePmdMapped'];

const COUNTERS = [
  'numa_hit',
  'numa_miss',
  'numa_foreign',
  'interleave_hit',
  'local_node',
  'other_node',
];

/** A table of MB in columns of nodes and a total. */
function table(
  rows: readonly (readonly [name: string, values: readonly number[]])[],
  nodes: number,
  compact: boolean,
  wide: number,
  ruled = false,
): string {
  const titles = [...Array.from({ length: nodes }, (_, node) => `Node ${node}`), 'Total'];
  const all = rows.map(([name, values]) => ({
    name,
    cells: [...values, values.reduce((sum, value) => sum + value, 0)].map((value) =>
      compact ? String(Math.round(value)) : value.toFixed(2),
    ),
  }));
  const widths = titles.map((title, column) =>
    compact ? Math.max(title.length, ...all.map(({ cells }) => (cells[column] ?? '').length)) : 15,
  );
  const first = compact ? Math.max(wide - 8, 1) : wide;
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(first)}${cells.map((cell, column) => ` ${cell.padStart(widths[column] ?? 0)}`).join('')}\n`;
  const dashes = widths.map((width) => '-'.repeat(width));
  let text = line('', titles) + line('', dashes);
  all.forEach(({ name, cells }, index) => {
    if (ruled && index === all.length - 1) text += line('-'.repeat(16), dashes);
    text += line(name, cells);
  });
  return text;
}

export function numastat(process: Process): number {
  const wrong = (): Quit => {
    process.warn(NUMASTAT_USAGE);
    return new Quit(1);
  };
  const reader = new Getopt(process.args, 'cmnp:s::vVz', {});
  const options = new Map<string, string>();
  try {
    for (const [key, value] of reader) options.set(key, value);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.fail(error.message);
    throw wrong();
  }
  if (options.has('V')) {
    process.print('numastat version: 20130723\n');
    return 0;
  }
  const { fs } = process.system;
  const nodes = nodesOf(process);
  const compact = options.has('c');
  const counters = nodes.map(({ id }) => fs.read(`/sys/devices/system/node/node${id}/numastat`));
  const counter = (text: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const patterns = [...(options.has('p') ? [options.get('p') ?? ''] : []), ...reader.operands];
  const statistics = (): string => {
    const rows = COUNTERS.map((name): [string, number[]] => [
      name.replace(
        /(^|_)([a-z])/g,
        (_, lead: string, letter: string) => lead + letter.toUpperCase(),
      ),
      counters.map((text) => (counter(text, name) * 4096) / 2 ** 20),
    ]);
    return `\nPer-node numastat info (in MBs):\n${table(rows, nodes.length, compact, 16)}`;
  };
  if (patterns.length > 0) {
    const found = patterns.flatMap((pattern) =>
      processesLike(process, pattern).map((pid) => [pid, pattern] as const),
    );
    if (found.length === 0) {
      for (const pattern of patterns)
        process.print(`Found no processes containing pattern: "${pattern}"\n`);
      process.print(statistics());
      return 0;
    }
    for (const [pid] of found) {
      const status = fs.read(`/proc/${pid}/status`);
      const of = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
      const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? '';
      const spread = (value: number): number[] => nodes.map(({ id }) => (id === 0 ? value : 0));
      const heap = of('RssAnon') * 0.2;
      const rows: [string, number[]][] = [
        ['Huge', spread(of('HugetlbPages'))],
        ['Heap', spread(heap)],
        ['Stack', spread(0.05)],
        ['Private', spread(of('VmRSS') - heap)],
        ['Total', spread(of('HugetlbPages') + of('VmRSS') + 0.05)],
      ];
      process.print(
        `\nPer-node process memory usage (in MBs) for PID ${pid} (${name})\n${table(rows, nodes.length, compact, 16, true)}`.replace(
          /^( +)(Node 0.*)\n/m,
          (_, lead: string, rest: string) => `${lead}${rest}\n`,
        ),
      );
    }
    return 0;
  }
  if (options.has('m')) {
    process.print('\nPer-node system memory usage (in MBs):\n');
    const infos = nodes.map(({ id }) => fs.read(`/sys/devices/system/node/node${id}/meminfo`));
    for (const text of infos) {
      for (const name of UNKNOWN) {
        if (text.includes(` ${name}:`)) process.print(`Token ${name} not in hash table.\n`);
      }
    }
    const rows = MEMINFO.map((name): [string, number[]] => [
      name,
      infos.map((text) => {
        const value = Number(
          new RegExp(` ${name.replace(/[()]/g, '\\$&')}:\\s+(\\d+)`).exec(text)?.[1] ?? 0,
        );
        return name.startsWith('HugePages_') ? value * 2 : value / 1024;
      }),
    ]);
    process.print(table(rows, nodes.length, compact, compact ? 24 : 17));
    return 0;
  }
  if (options.has('n') || compact) {
    process.print(statistics());
    return 0;
  }
  process.print(`${' '.repeat(16)}${nodes.map(({ id }) => `node${id}`.padStart(16)).join('')}\n`);
  for (const name of COUNTERS) {
    process.print(
      `${name.padEnd(16)}${counters.map((text) => String(counter(text, name)).padStart(16)).join('')}\n`,
    );
  }
  return 0;
}

function processesLike(process: Process, pattern: string): string[] {
  const { fs } = process.system;
  const pids = fs.list('/proc', '/').filter((name) => /^\d+$/.test(name));
  if (/^\d+$/.test(pattern)) return pids.filter((pid) => pid === pattern);
  // Not this program, nor the shell whose command line names the pattern too.
  const own = new Set<number>();
  for (let at: Process | null = process; at !== null; at = at.parent) own.add(at.pid);
  return pids.filter(
    (pid) => !own.has(Number(pid)) && fs.read(`/proc/${pid}/cmdline`).includes(pattern),
  );
}
