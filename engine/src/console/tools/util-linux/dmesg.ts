import type { Process } from '../../os/process.ts';
import { strftime } from '../coreutils/common.ts';
import { readOptions, tryUtilLinux } from '../usage.ts';

/** dmesg of util-linux 2.38.1: the lines of /dev/kmsg. */

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

export function dmesg(process: Process): number {
  const given = readOptions(
    process,
    'CcDdEeF:f:HhiJkL::l:n:prSs:TtuVwWxP',
    {
      clear: 'C',
      'read-clear': 'c',
      ctime: 'T',
      notime: 't',
      kernel: 'k',
      level: 'l:',
      facility: 'f:',
      decode: 'x',
      raw: 'r',
      human: 'H',
      color: 'L::',
      nopager: 'P',
      follow: 'w',
      'time-format': '@time:',
      reltime: 'e',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print('dmesg from util-linux 2.38.1\n');
    return 0;
  }
  const { fs, clock } = process.system;
  const levels = given.value('l')?.split(',');
  const unknown = levels?.find((level) => !LEVELS.includes(level));
  if (unknown !== undefined) return process.fail(`unknown level '${unknown}'`);
  const facility = given
    .value('f')
    ?.split(',')
    .find((name) => !FACILITIES.includes(name));
  if (facility !== undefined) return process.fail(`unknown facility '${facility}'`);
  const console = given.value('n');
  if (console !== undefined && !LEVELS.includes(console) && !/^[1-8]$/.test(console)) {
    return process.fail(`unknown level '${console}'`);
  }
  const uptime = Number(fs.read('/proc/uptime').split(' ')[0]) * 1000;
  const boot = clock.wall - uptime;
  for (const line of fs.read('/proc/kmsg').split('\n')) {
    const match = /^(\d+),\d+,(\d+),[^;]*;(.*)$/.exec(line);
    if (match === null) continue;
    const [, priority = '6', at = '0', text = ''] = match;
    const level = Number(priority) & 7;
    if (levels !== undefined && !levels.includes(LEVELS[level] ?? '')) continue;
    const seconds = Math.floor(Number(at) / 1e6);
    const stamp = `[${String(seconds).padStart(5)}.${String(Number(at) % 1e6).padStart(6, '0')}] `;
    const shown = given.has('t')
      ? ''
      : given.has('T')
        ? `[${strftime('%a %b %e %T %Y', boot + Number(at) / 1000)}] `
        : stamp;
    const decoded = given.has('x')
      ? `kern  :${(LEVELS[level] ?? '').padEnd(7)}: `
      : given.has('r')
        ? `<${priority}>`
        : '';
    process.print(`${decoded}${shown}${text}\n`);
  }
  return 0;
}
