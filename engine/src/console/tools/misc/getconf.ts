import type { Process } from '../../os/process.ts';
import { numbersOf } from '../usage.ts';

/** getconf(1) of glibc: constants of the system, and counts of its pages. */

function values(process: Process): Record<string, string> {
  const info = numbersOf(process.system.fs.read('/proc/meminfo'));
  const cpus = String(process.system.calls.cpus.length);
  return {
    ARG_MAX: '2097152',
    CHAR_BIT: '8',
    CLK_TCK: '100',
    GNU_LIBC_VERSION: 'glibc 2.36',
    HOST_NAME_MAX: '64',
    INT_MAX: '2147483647',
    LEVEL1_DCACHE_LINESIZE: '64',
    LONG_BIT: '64',
    NAME_MAX: '255',
    OPEN_MAX: '1024',
    PAGESIZE: '4096',
    PAGE_SIZE: '4096',
    PATH_MAX: '4096',
    PTHREAD_STACK_MIN: '16384',
    WORD_BIT: '32',
    _AVPHYS_PAGES: String(Math.floor((info.get('MemFree') ?? 0) / 4)),
    _NPROCESSORS_CONF: cpus,
    _NPROCESSORS_ONLN: cpus,
    _PHYS_PAGES: String(Math.floor((info.get('MemTotal') ?? 0) / 4)),
    _POSIX_VERSION: '200809',
  };
}

/** What a file system may answer differently for each path (pathconf(3)). */
const PATH_VARIABLES = new Set(
  'LINK_MAX MAX_CANON MAX_INPUT NAME_MAX PATH_MAX PIPE_BUF FILESIZEBITS SYMLINK_MAX'.split(' '),
);

export function getconf(process: Process): number {
  const [name, place] = process.args.filter((arg) => arg !== '-v');
  const known = values(process);
  if (name === '-a') {
    for (const [key, value] of Object.entries(known)) process.print(`${key.padEnd(35)}${value}\n`);
    return 0;
  }
  const isPath = PATH_VARIABLES.has(name ?? '');
  if (name === undefined || (place !== undefined && !isPath && Object.hasOwn(known, name))) {
    process.warn(
      'Usage: getconf [-v specification] variable_name [pathname]\n       getconf -a [pathname]\n',
    );
    return 2;
  }
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  if (value === undefined) {
    process.warn(`getconf: Unrecognized variable \`${name}'\n`);
    return 2;
  }
  process.print(`${value}\n`);
  return 0;
}
