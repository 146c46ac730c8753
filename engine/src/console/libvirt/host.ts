import { Errno } from '../os/errno.ts';
import type { NodeInfo, TypedParameter } from './api.ts';
import type { Backend, HostNode } from './backend.ts';
import { fail } from './errors.ts';

/** Calls about the host's processors and memory (virhostmem.c, virhostcpu.c, virnuma.c). */

/** Cells from `start` on, at most so many; an error where there is none. */
export function cellsFrom(backend: Backend, start: number, count: number): HostNode[] {
  const nodes = backend.nodes();
  const last = nodes.length - 1;
  if (start > last || start < 0) {
    fail('INTERNAL_ERROR', `start cell ${start} out of range (0-${last})`);
  }
  return nodes.slice(start, start + count);
}

export function nodeInfo(backend: Backend): NodeInfo {
  const nodes = backend.nodes();
  const cpus = nodes.flatMap((node) => node.cpus);
  const distinct = (of: readonly HostNode['cpus'][number][], key: 'socket' | 'core'): number =>
    new Set(of.map((cpu) => cpu[key])).size;
  const most = (key: 'socket' | 'core'): number =>
    Math.max(1, ...nodes.map((node) => distinct(node.cpus, key)));
  const [sockets, cores] = [most('socket'), most('core')];
  const threads = Math.max(
    1,
    ...nodes.map((node) => Math.floor(node.cpus.length / (sockets * cores))),
  );
  const { total } = backend.memory();
  const { mhz } = backend.cpu;
  const shape = { sockets, cores, threads, nodes: nodes.length };
  return { model: 'x86_64', memory: total, cpus: cpus.length, mhz, ...shape };
}

export function memoryStats(backend: Backend, cell: number): [string, number][] {
  if (cell < 0) return Object.entries(backend.memory());
  const nodes = backend.nodes();
  const node =
    nodes[cell] ??
    fail(
      'BAD_ARG',
      `cellNum in virHostMemGetStats must be less than or equal to ${nodes.length - 1}`,
    );
  return [
    ['total', node.total],
    ['free', node.free],
  ];
}

export function cpuStats(backend: Backend, cpu: number): [string, number][] {
  const known = backend.nodes().some((node) => node.cpus.some(({ id }) => id === cpu));
  if (cpu >= 0 && !known) {
    fail('BAD_ARG', 'Invalid cpuNum in virHostCPUGetStatsLinux');
  }
  return Object.entries(backend.cpuTimes(cpu));
}

export function freePages(
  backend: Backend,
  sizes: readonly number[],
  start: number,
  cells: number,
): number[] {
  return cellsFrom(backend, start, cells).flatMap((node) =>
    sizes.map((size) => {
      if (size === 4) return Math.floor(node.free / 4);
      const pool = node.pools.find((entry) => entry.size === size);
      const words = `page size ${size} is not available on node ${node.id}`;
      return pool?.free ?? fail('OPERATION_FAILED', words);
    }),
  );
}

/** qemuNodeAllocPages(): how many pools were set. */
export function allocPages(
  backend: Backend,
  pages: readonly (readonly [number, number])[],
  start: number,
  cells: number,
  add: boolean,
): number {
  const nodes = start < 0 ? [-1] : cellsFrom(backend, start, cells).map(({ id }) => id);
  let done = 0;
  for (const node of nodes) {
    for (const [size, count] of pages) {
      if (size === 4) fail('OPERATION_UNSUPPORTED', "system pages pool can't be modified");
      const all = backend.nodes().filter(({ id }) => node < 0 || id === node);
      const pools = all.flatMap((entry) => entry.pools.filter((pool) => pool.size === size));
      if (pools.length === 0) {
        const where = node < 0 ? '' : ` on node ${node}`;
        fail('OPERATION_FAILED', `page size ${size} is not available${where}`);
      }
      const before = pools.reduce((sum, pool) => sum + pool.total, 0);
      const wanted = add ? before + count : count;
      const got = backend.setPool(node, size, count, add);
      if (got < wanted) {
        fail('OPERATION_FAILED', `Unable to allocate ${wanted} pages. Allocated only ${got}`);
      }
      done++;
    }
  }
  return done;
}

const KSM =
  'pages_to_scan sleep_millisecs pages_shared pages_sharing pages_unshared pages_volatile full_scans merge_across_nodes'.split(
    ' ',
  );
const WRITABLE = ['pages_to_scan', 'sleep_millisecs', 'merge_across_nodes'];

export function ksm(backend: Backend): TypedParameter[] {
  return KSM.map((name) => [`shm_${name}`, Number(readKsm(backend, name))]);
}
function readKsm(backend: Backend, name: string): string {
  try {
    return backend.fs.read(`/sys/kernel/mm/ksm/${name}`);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(
      'SYSTEM_ERROR',
      `Failed to open file '/sys/kernel/mm/ksm/${name}': ${error.message}`,
    );
  }
}
export function setKsm(backend: Backend, parameters: readonly TypedParameter[]): void {
  for (const [name, value] of parameters) {
    const plain = name.replace(/^shm_/, '');
    if (!WRITABLE.includes(plain)) {
      fail('INVALID_ARG', `parameter '${name}' not supported`);
    }
    try {
      backend.fs.write(`/sys/kernel/mm/ksm/${plain}`, `${value}`);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      fail('SYSTEM_ERROR', `failed to set ${name}: ${error.message}`);
    }
  }
}
