import { Pipe } from '../../os/stream.ts';
import { readAll } from '../../os/process.ts';
import type { Process, Program } from '../../os/process.ts';
import { strftime } from '../coreutils/common.ts';
import { runOther } from '../coreutils/system.ts';
import { procpsUsage, readOptions } from '../usage.ts';

/** watch(1) of procps-ng 4.0.2. A new screen begins with a form feed. */

const USAGE = procpsUsage(
  'watch',
  '[options] command',
  [
    '  -b, --beep             beep if command has a non-zero exit',
    '  -c, --color            interpret ANSI color and style sequences',
    '  -d, --differences[=<permanent>]',
    '                         highlight changes between updates',
    '  -e, --errexit          exit if command has a non-zero exit',
    '  -g, --chgexit          exit when output from command changes',
    '  -q, --equexit <cycles>',
    '                         exit when output from command does not change',
    '  -n, --interval <secs>  seconds to wait between updates',
    '  -p, --precise          attempt run command in precise intervals',
    '  -t, --no-title         turn off header',
    '  -w, --no-wrap          turn off line wrapping',
    '  -x, --exec             pass command to exec instead of "sh -c"',
  ],
  1,
  [
    ' -h, --help     display this help and exit',
    ' -v, --version  output version information and exit',
  ],
);

export function* watch(process: Process): Program {
  const given = readOptions(
    process,
    '+bced::ghq:n:pvtwx',
    {
      beep: 'b',
      color: 'c',
      differences: 'd::',
      errexit: 'e',
      chgexit: 'g',
      equexit: 'q:',
      interval: 'n:',
      precise: 'p',
      'no-title': 't',
      'no-wrap': 'w',
      exec: 'x',
      help: 'h',
      version: 'v',
    },
    (one) => {
      one.warn(USAGE);
      return 1;
    },
  );
  if (given.has('h')) {
    process.print(USAGE);
    return 0;
  }
  if (given.has('v')) {
    process.print('watch from procps-ng 4.0.2\n');
    return 0;
  }
  if (given.operands.length === 0) {
    process.warn(USAGE);
    return 1;
  }
  const text = given.value('n') ?? '2';
  const interval = Number(text.replace(',', '.'));
  if (Number.isNaN(interval))
    return process.fail(`failed to parse argument: '${text}': Invalid argument`);
  const seconds = Math.max(0.1, interval);
  const command = given.operands.join(' ');
  const equal = Number(given.value('q') ?? 0);
  let before: string | null = null;
  let same = 0;
  for (;;) {
    const pipe = new Pipe();
    const output = pipe.openForWriting();
    const input = pipe.openForReading();
    const words = given.has('x') ? given.operands : ['sh', '-c', command];
    const held = new Map(process.fds);
    // What the command prints is shown below the heading.
    process.fds.set(1, output);
    process.fds.set(2, output);
    const runner = runOther(process, words);
    let step = runner.next();
    for (const [fd, open] of held) process.fds.set(fd, open);
    output.close();
    const shown = yield* readAll(pipe.source);
    input.close();
    while (step.done !== true) {
      yield step.value;
      step = runner.next();
    }
    const status = step.value;
    const title = given.has('t') ? '' : `${heading(process, seconds, command)}\n\n`;
    yield* process.put(`\f${title}${shown}`);
    if (status !== 0 && given.has('e')) return 8;
    if (before !== null && given.has('g') && before !== shown) return 0;
    same = before === shown ? same + 1 : 0;
    if (equal > 0 && same >= equal) return 0;
    before = shown;
    yield* process.sleep(seconds * 1000);
  }
}

function heading(process: Process, seconds: number, command: string): string {
  const left = `Every ${seconds.toFixed(1)}s: ${command}`;
  const right = `${process.system.uname.nodename}: ${strftime('%a %b %e %T %Y', process.system.clock.wall)}`;
  const width = process.terminal?.columns ?? 80;
  return left + right.padStart(Math.max(right.length + 4, width - left.length));
}
