import { defineLesson } from '../define.ts';
import { lineOf, mibOf, rowOf } from '../hosts/reading.ts';
import type { Column } from '../hosts/reading.ts';
import type { HostLesson, ReadHost } from '../schema.ts';
import { EDGES, FORGED, FULL, HOST, SERVER, SHORT, UNITS } from './scripts.ts';
import { CACHE, SCRATCH } from './tasks.ts';

/** A line of /proc/meminfo in a state, MiB. */
const line = (state: string, name: string) => ({
  state,
  of: (read: ReadHost) => mibOf(read(state), name),
});
/** A column of what `free -m` printed there. */
const column = (state: string, name: Column) => ({
  state,
  of: (read: ReadHost) => rowOf(read(state).output)[name],
});
const swapUsed = (state: string) => ({
  state,
  of: (read: ReadHost) => rowOf(read(state).output, 'Swap').used,
});
/** How much a line of /proc/meminfo differs from one state to another, MiB to the nearest. */
const between = (read: ReadHost, before: string, state: string, name: string): number =>
  Math.round((lineOf(read(state), name) - lineOf(read(before), name)) / 1024);
const grown = (before: string, state: string, name: string) => ({
  state,
  of: (read: ReadHost) => between(read, before, state, name),
});
const shrunk = (before: string, state: string, name: string) => ({
  state,
  of: (read: ReadHost) => between(read, state, before, name),
});
/** A number that a line printed, by what stands around it. */
const printed = (state: string, pattern: RegExp) => ({
  state,
  of: (read: ReadHost) => {
    const found = pattern.exec(read(state).output)?.[1];
    if (found === undefined) throw new Error(`${state}: nothing printed like ${String(pattern)}`);
    return Number(found);
  },
});

const at = (mark: string, script?: string) =>
  script === undefined ? { at: { mark } } : { script, at: { mark } };

const lesson: HostLesson = defineLesson({
  figure: 'host',
  id: 'looking-at-memory',
  host: HOST,
  scripts: {
    server: SERVER,
    edges: EDGES,
    short: SHORT,
    full: FULL,
    forged: FORGED,
    units: UNITS,
  },

  states: {
    low: at('low'),
    source: at('source'),
    grown: at('grown'),
    ended: at('ended'),
    dropped: at('dropped'),
    read: at('read'),
    again: at('again'),
    dirty: at('dirty'),
    undropped: at('undropped'),
    synced: at('synced'),
    clean: at('clean'),
    names: at('names'),
    tmpfs: at('tmpfs'),
    'tmpfs-kept': at('tmpfs-kept'),
    'tmpfs-removed': at('tmpfs-removed'),
    installed: at('installed', 'edges'),
    page: at('page', 'edges'),
    raw: at('raw', 'edges'),
    formatted: at('formatted', 'edges'),
    vmstat: at('vmstat', 'edges'),
    calm: at('calm', 'short'),
    tight: at('tight', 'short'),
    swapping: at('swapping', 'short'),
    killed: at('killed', 'short'),
    full: at('full', 'full'),
    'full-dropped': at('full-dropped', 'full'),
    honest: at('honest', 'forged'),
    forged: at('forged', 'forged'),
    blind: at('blind', 'forged'),
    k: at('k', 'units'),
    g: at('g', 'units'),
    h: at('h', 'units'),
    w: at('w', 'units'),
    t: at('t', 'units'),
  },

  predictions: {
    'where-from': {
      kind: 'choice',
      state: 'grown',
      holdAt: { mark: 'source' },
      choices: ['killed', 'swap', 'cache'],
      answer: (read) => {
        if (between(read, 'source', 'grown', 'AnonPages') < 500) return 'killed';
        const cache = between(read, 'grown', 'source', 'Cached');
        return cache > -between(read, 'source', 'grown', 'SwapFree') ? 'cache' : 'swap';
      },
    },
    'second-read': {
      kind: 'number',
      state: 'again',
      holdAt: { mark: 'read' },
      answer: (read) => between(read, 'read', 'again', 'Cached'),
    },
    'dirty-dropped': {
      kind: 'choice',
      state: 'undropped',
      holdAt: { mark: 'dirty' },
      choices: ['both', 'old', 'neither'],
      // The image is of more MiB than the new file: what is left says which is gone.
      answer: (read) => {
        const left = mibOf(read('undropped'), 'Cached') + mibOf(read('undropped'), 'Buffers');
        const isNewThere = lineOf(read('undropped'), 'Dirty') >= lineOf(read('dirty'), 'Dirty');
        const isOldThere = left > 1000;
        if (isOldThere) return 'neither';
        return isNewThere ? 'old' : 'both';
      },
    },
    'tmpfs-dropped': {
      kind: 'number',
      state: 'tmpfs-kept',
      holdAt: { mark: 'tmpfs' },
      answer: (read) => between(read, 'tmpfs-kept', 'tmpfs', 'Shmem'),
    },
  },

  values: {
    'low-total': column('low', 'total'),
    'low-free': column('low', 'free'),
    'low-cache': column('low', 'buff/cache'),
    'low-available': column('low', 'available'),
    'low-used': column('low', 'used'),
    'grown-anon': grown('source', 'grown', 'AnonPages'),
    'grown-cache': shrunk('source', 'grown', 'Cached'),
    'grown-available': shrunk('source', 'grown', 'MemAvailable'),
    'grown-free': column('grown', 'free'),
    'ended-free': line('ended', 'MemFree'),
    'dropped-available': grown('ended', 'dropped', 'MemAvailable'),
    'dropped-free': line('dropped', 'MemFree'),
    'read-cache': grown('dropped', 'read', 'Cached'),
    'again-cache': grown('read', 'again', 'Cached'),
    'dirty-dirty': line('dirty', 'Dirty'),
    'undropped-dirty': line('undropped', 'Dirty'),
    'undropped-cache': shrunk('dirty', 'undropped', 'Cached'),
    'synced-cache': grown('undropped', 'synced', 'Cached'),
    'clean-cache': shrunk('synced', 'clean', 'Cached'),
    'clean-mapped': line('clean', 'Mapped'),
    'clean-left': line('clean', 'Cached'),
    'names-before': {
      state: 'clean',
      of: (read) => lineOf(read('clean'), 'SReclaimable'),
    },
    'names-after': {
      state: 'names',
      of: (read) => lineOf(read('names'), 'SReclaimable'),
    },
    'tmpfs-shared': column('tmpfs', 'shared'),
    'tmpfs-cache': column('tmpfs', 'buff/cache'),
    'tmpfs-available': shrunk('names', 'tmpfs', 'MemAvailable'),
    'removed-shmem': shrunk('tmpfs-kept', 'tmpfs-removed', 'Shmem'),
    'installed-all': printed('installed', /K\/(\d+)K available/),
    'installed-total': printed('installed', /Memory: (\d+)K\//),
    'page-size': printed('page', /^(\d+)$/m),
    'raw-buffers': grown('page', 'raw', 'Buffers'),
    'format-blocks': printed('formatted', /with (\d+) 4k blocks/),
    'format-inodes': printed('formatted', /and (\d+) inodes/),
    'tight-available': column('tight', 'available'),
    'swapping-used': swapUsed('swapping'),
    'full-shared': line('full', 'Shmem'),
    'full-dropped-shared': line('full-dropped', 'Shmem'),
    'full-available': line('full-dropped', 'MemAvailable'),
    'forged-free': column('forged', 'free'),
    'forged-available': column('forged', 'available'),
    'honest-free': column('honest', 'free'),
  },

  tasks: { cache: CACHE, scratch: SCRATCH },
});

export default lesson;
