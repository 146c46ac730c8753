import type { Process, Program, Step } from '../os/process.ts';
import { BadOption, Getopt } from '../tools/getopt.ts';
import type { Connection } from './api.ts';
import { LibvirtError } from './errors.ts';

/** virt-top: what the domains use, as top shows processes; frames on a terminal, or text with --script. */

const LONG = {
  batch: 'b',
  connect: 'c:',
  delay: 'd:',
  iterations: 'n:',
  script: '@script',
  csv: '@csv:',
  'block-in-bytes': '@bytes',
  version: '@version',
};
const HEAD = '   ID S RDRQ WRRQ RXBY TXBY %CPU %MEM    TIME   NAME';

const LETTERS: Readonly<Record<string, string>> = {
  running: 'R',
  paused: 'P',
  crashed: 'X',
  'shut off': 'O',
};

/** Nanoseconds as minutes, seconds and hundredths; from an hour on without these. */
function timeText(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  if (seconds >= 3600) {
    return `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;
  }
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, '0')}`;
}

export function* virtTop(process: Process): Program {
  try {
    return yield* watch(process);
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return process.fail(`libvirt error: ${error.message}`);
  }
}

function* watch(process: Process): Step<number> {
  const given = new Map<string, string>();
  try {
    for (const [key, value] of new Getopt(process.args, 'bc:d:n:', LONG)) given.set(key, value);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    return process.fail(error.message);
  }
  if (given.has('@version')) {
    process.print('virt-top 1.0.9 ocaml-libvirt 0.6.1.5\n');
    return 0;
  }
  const { libvirt, clock } = process.system;
  if (libvirt === undefined) return process.fail('there is no libvirt here');
  const isText = given.has('@script') || given.has('b') || !process.stdout.isTerminal;
  const rounds = Number(given.get('n') ?? Number.POSITIVE_INFINITY);
  const delay = Number(given.get('d') ?? 3);
  if (!(rounds > 0)) return process.fail('-n: the number of iterations must be positive');
  if (!(delay > 0)) return process.fail('-d: cannot set a negative or zero delay');
  const connection = libvirt(given.get('c') ?? null, { readOnly: true });
  let before = new Map<string, number>();
  let at = clock.now;
  const csv = given.get('@csv');
  const rows: string[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      if (round > 0) yield* process.sleep(delay * 1000);
      const passed = (clock.now - at) * 1e6;
      const { text, times, row } = frame(process, connection, before, passed);
      before = times;
      at = clock.now;
      if (csv === undefined) yield* process.put(`${isText ? '' : '\f'}${text}`);
      else {
        rows.push(row);
        process.system.fs.write(csv, `${CSV}\n${rows.join('\n')}\n`, process.cwd);
      }
    }
    return 0;
  } finally {
    connection.close();
  }
}

const CSV =
  'Hostname,Time,Arch,Physical CPUs,Count,Running,Blocked,Paused,Shutdown,Shutoff,Crashed,Active,Inactive,%CPU,Total hardware memory (KB),Total memory (KB),Total guest memory (KB),Total CPU time (ns)';

function frame(
  process: Process,
  connection: Connection,
  before: ReadonlyMap<string, number>,
  passed: number,
): { text: string; times: Map<string, number>; row: string } {
  const { system } = process;
  const host = connection.nodeGetInfo();
  const all = connection.listAllDomains();
  const times = new Map<string, number>();
  const shown = all
    .filter((domain) => domain.isActive())
    .map((domain) => {
      const { state, memory, cpuTime } = { ...domain.getInfo(), ...domain.getState() };
      const time = Number(cpuTime);
      times.set(domain.name, time);
      const used = before.has(domain.name) ? time - (before.get(domain.name) ?? 0) : 0;
      const cpu = passed > 0 ? (100 * used) / (passed * host.cpus) : 0;
      return { id: domain.getID(), name: domain.name, state, memory, time, used, cpu };
    })
    .toSorted((a, b) => b.cpu - a.cpu || a.id - b.id);
  const count = (state: string): number => shown.filter((one) => one.state === state).length;
  const guests = shown.reduce((sum, { memory }) => sum + memory, 0);
  const cpu = shown.reduce((sum, one) => sum + one.cpu, 0);
  const now = new Date(system.clock.wall).toISOString().slice(11, 19);
  const inactive = all.length - shown.length;
  const mb = (kib: number): number => Math.floor(kib / 1024);
  const lines = [
    `virt-top ${now} - ${host.model} ${host.cpus}/${host.cpus}CPU ${host.mhz}MHz ${mb(host.memory)}MB`,
    `${all.length} domains, ${shown.length} active, ${count('running')} running, 0 sleeping, ${count('paused')} paused, ${inactive} inactive D:0 O:${inactive} X:${count('crashed')}`,
    `CPU: ${cpu.toFixed(1)}%  Mem: ${mb(guests)} MB (${mb(guests)} MB by guests)`,
    '',
    HEAD,
    ...shown.map(
      (one) =>
        `${String(one.id).padStart(5)} ${LETTERS[one.state] ?? '?'} ${' '.repeat(19)} ${one.cpu.toFixed(1).padStart(4)} ${((100 * one.memory) / host.memory).toFixed(1).padStart(4)} ${timeText(one.time).padStart(9)} ${one.name}`,
    ),
  ];
  const row = [
    system.uname.nodename,
    now,
    host.model,
    host.cpus,
    all.length,
    count('running'),
    0,
    count('paused'),
    0,
    inactive,
    count('crashed'),
    shown.length,
    inactive,
    cpu.toFixed(1),
    host.memory,
    guests,
    guests,
    shown.reduce((sum, { used }) => sum + used, 0),
  ].join(',');
  return { text: `${lines.join('\n')}\n`, times, row };
}
