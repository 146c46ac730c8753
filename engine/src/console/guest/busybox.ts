import type { Process, Program, Tool } from '../os/process.ts';

/** Programs that are busybox's own in the guests: they print in its forms. */

function kibOf(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return Number(match?.[1] ?? 0);
}

const SHIFTS: Record<string, number> = { b: -10, k: 0, m: 10, g: 20, t: 30 };

/** free (procps/free.c of busybox): KiB unless said, widths of 12. */
export function free(process: Process): number {
  let shift = 0;
  for (const option of process.args) {
    const letter = option.slice(1);
    if (!option.startsWith('-') || SHIFTS[letter] === undefined) {
      process.warn(`free: invalid option -- '${letter}'\n`);
      return 1;
    }
    shift = SHIFTS[letter];
  }
  const info = process.system.fs.read('/proc/meminfo');
  const scaled = (kib: number): string =>
    String(shift < 0 ? kib * 1024 : Math.floor(kib / 2 ** shift)).padStart(12);
  const total = kibOf(info, 'MemTotal');
  const unused = kibOf(info, 'MemFree');
  const cache = kibOf(info, 'Buffers') + kibOf(info, 'Cached') + kibOf(info, 'SReclaimable');
  const [swap, swapFree] = [kibOf(info, 'SwapTotal'), kibOf(info, 'SwapFree')];
  const row = (values: readonly number[]): string => values.map(scaled).join('');
  process.print(
    `       ${['total', 'used', 'free', 'shared', 'buff/cache', 'available'].map((name) => name.padStart(12)).join('')}\n` +
      `Mem:   ${row([total, total - unused - cache, unused, kibOf(info, 'Shmem'), cache, kibOf(info, 'MemAvailable')])}\n` +
      `Swap:  ${row([swap, swap - swapFree, swapFree])}\n`,
  );
  return 0;
}

/** ps: number, user, time and command. */
function ps(process: Process): number {
  process.print('PID   USER     TIME  COMMAND\n    1 root      0:00 {init} /bin/sh /init\n');
  for (const other of process.system.processes) {
    process.print(`${String(other.pid).padStart(5)} root      0:00 ${other.argv.join(' ')}\n`);
  }
  return 0;
}

const power =
  (how: 'restart' | 'off'): Tool =>
  (process): Program | number => {
    process.system.calls.reboot(how);
    return 0;
  };

/** By path. */
export const BUSYBOX: Readonly<Record<string, Tool>> = {
  '/bin/free': free,
  '/bin/ps': ps,
  '/sbin/poweroff': power('off'),
  '/sbin/reboot': power('restart'),
  '/sbin/halt': power('off'),
};
