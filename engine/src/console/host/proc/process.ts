import type { ProcessInfo } from '../../../mm/fields.ts';
import type { VirtualFolder } from '../../fs/node.ts';
import { file, folder } from '../tree.ts';

/** A process as /proc/PID tells of it. Sizes in KiB. */
export interface ShownProcess {
  pid: number;
  parent: number;
  group: number;
  name: string;
  /** The command line; none for a thread of the kernel. */
  argv: readonly string[];
  state: 'R' | 'S' | 'I' | 'T' | 'Z';
  threads: number;
  uid: number;
  /** Clock ticks (of 10 ms) since the start. */
  startedAt: number;
  /** Clock ticks that it ran, in user and kernel. */
  ticks: readonly [number, number];
  virtual: number;
  anonymous: number;
  /** Pages of files that it maps. */
  files: number;
  swapped: number;
  tables: number;
  hugetlb: number;
  anonHuge: number;
  ksm: number;
  locked: number;
  faults: readonly [minor: number, major: number];
  oomScore: number;
  oomAdjust: number;
  cpu: number;
}

const KIB = 4;

/** The part that the machine accounts for. */
export const fromMachine = (
  info: ProcessInfo,
): Pick<ShownProcess, 'anonymous' | 'swapped' | 'tables' | 'hugetlb' | 'faults'> => ({
  anonymous: info.rss * KIB,
  swapped: info.swapped * KIB,
  tables: info.tables * KIB,
  hugetlb: info.hugetlb * KIB,
  faults: [info.minor_faults, info.major_faults],
});

const kb = (name: string, kib: number): string => `${name}:\t${String(kib).padStart(8)} kB\n`;

/** /proc/PID/status (fs/proc/array.c, fs/proc/task_mmu.c). */
export function statusText(process: ShownProcess, cpus: number, cells: number): string {
  const rss = process.anonymous + process.files;
  const states = { R: 'running', S: 'sleeping', I: 'idle', T: 'stopped', Z: 'zombie' };
  const isKernel = process.argv.length === 0;
  const mask = (count: number): string => (2 ** count - 1).toString(16);
  const list = (count: number): string => (count > 1 ? `0-${count - 1}` : '0');
  return [
    `Name:\t${process.name}\nUmask:\t0022\n`,
    `State:\t${process.state} (${states[process.state]})\n`,
    `Tgid:\t${process.pid}\nNgid:\t0\nPid:\t${process.pid}\nPPid:\t${process.parent}\nTracerPid:\t0\n`,
    `Uid:\t${Array(4).fill(process.uid).join('\t')}\nGid:\t${Array(4).fill(process.uid).join('\t')}\n`,
    `FDSize:\t256\nGroups:\t \nNStgid:\t${process.pid}\nNSpid:\t${process.pid}\nNSpgid:\t${process.group}\nNSsid:\t${process.group}\n`,
    ...(isKernel
      ? []
      : [
          kb('VmPeak', process.virtual),
          kb('VmSize', process.virtual),
          kb('VmLck', process.locked),
          kb('VmPin', 0),
          kb('VmHWM', rss),
          kb('VmRSS', rss),
          kb('RssAnon', process.anonymous),
          kb('RssFile', process.files),
          kb('RssShmem', 0),
          kb('VmData', process.anonymous + process.swapped),
          kb('VmStk', 132),
          kb('VmExe', Math.min(20, process.files)),
          kb('VmLib', Math.max(0, process.files - 20)),
          kb('VmPTE', process.tables),
          kb('VmSwap', process.swapped),
          kb('HugetlbPages', process.hugetlb),
          'CoreDumping:\t0\nTHP_enabled:\t1\n',
        ]),
    `Threads:\t${process.threads}\nSigQ:\t0/31743\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n`,
    'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n',
    'CapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\n',
    'CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n',
    'Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\talways enabled\n',
    `Cpus_allowed:\t${mask(cpus)}\nCpus_allowed_list:\t${list(cpus)}\n`,
    `Mems_allowed:\t${mask(cells).padStart(8, '0')}\nMems_allowed_list:\t${list(cells)}\n`,
    'voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t1\n',
  ].join('');
}

/** /proc/PID/smaps_rollup. */
export function rollupText(process: ShownProcess): string {
  if (process.argv.length === 0) return '';
  const rss = process.anonymous + process.files;
  const row = (name: string, kib: number): string =>
    `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`;
  return [
    `55d0c0a00000-7ffe5646f000 ---p 00000000 00:00 0                          [rollup]\n`,
    row('Rss', rss),
    row('Pss', process.anonymous + Math.floor(process.files / 4)),
    row('Pss_Dirty', process.anonymous),
    row('Pss_Anon', process.anonymous),
    row('Pss_File', Math.floor(process.files / 4)),
    row('Pss_Shmem', 0),
    row('Shared_Clean', process.files),
    row('Shared_Dirty', 0),
    row('Private_Clean', 0),
    row('Private_Dirty', process.anonymous),
    row('Referenced', rss),
    row('Anonymous', process.anonymous),
    row('LazyFree', 0),
    row('AnonHugePages', process.anonHuge),
    row('ShmemPmdMapped', 0),
    row('FilePmdMapped', 0),
    row('Shared_Hugetlb', 0),
    row('Private_Hugetlb', process.hugetlb),
    row('Swap', process.swapped),
    row('SwapPss', process.swapped),
    row('Locked', process.locked),
  ].join('');
}

/** /proc/PID/stat: 52 fields (proc(5)). */
export function statText(process: ShownProcess): string {
  const fields: (string | number)[] = Array(52).fill(0) as number[];
  const set = (at: number, value: string | number): void => {
    fields[at - 1] = value;
  };
  set(1, process.pid);
  set(2, `(${process.name})`);
  set(3, process.state);
  set(4, process.parent);
  set(5, process.group);
  set(6, process.group);
  set(8, -1);
  set(9, process.argv.length === 0 ? 2129984 : 4194304);
  set(10, process.faults[0]);
  set(12, process.faults[1]);
  set(14, process.ticks[0]);
  set(15, process.ticks[1]);
  set(18, 20);
  set(20, process.threads);
  set(22, process.startedAt);
  set(23, process.virtual * 1024);
  set(24, Math.floor((process.anonymous + process.files) / KIB));
  set(25, '18446744073709551615');
  set(38, 17);
  set(39, process.cpu);
  return `${fields.join(' ')}\n`;
}

/** The folder of a process. */
export function processFolder(
  process: ShownProcess,
  more: { cpus: number; cells: number; cwd: string; exe: string; environ: string },
): VirtualFolder {
  const pages = (kib: number): number => Math.floor(kib / KIB);
  const link = (target: string) => ({ type: 'link' as const, target });
  return folder({
    cmdline: file(() => process.argv.map((word) => `${word}\0`).join('')),
    comm: file(() => `${process.name}\n`, null, 0o644),
    cwd: link(more.cwd),
    environ: file(() => more.environ, null, 0o400),
    exe: link(more.exe),
    limits: file(
      () =>
        'Limit                     Soft Limit           Hard Limit           Units     \nMax locked memory         8388608              8388608              bytes     \nMax address space         unlimited            unlimited            bytes     \n',
    ),
    oom_adj: file(() => '0\n', null, 0o644),
    oom_score: file(() => `${process.oomScore}\n`),
    oom_score_adj: file(() => `${process.oomAdjust}\n`, null, 0o644),
    root: link('/'),
    smaps_rollup: file(() => rollupText(process)),
    stat: file(() => statText(process)),
    statm: file(
      () =>
        `${pages(process.virtual)} ${pages(process.anonymous + process.files)} ${pages(process.files)} 5 0 ${pages(process.anonymous + process.swapped)} 0\n`,
    ),
    status: file(() => statusText(process, more.cpus, more.cells)),
  });
}
