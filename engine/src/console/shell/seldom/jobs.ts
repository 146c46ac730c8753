import { Killed, SIGNALS } from '../../os/process.ts';
import type { Process, Signal, Step } from '../../os/process.ts';
import { fail, said, simple } from '../builtins.ts';
import type { Builtin, Result } from '../builtins.ts';
import type { Job, Shell } from '../shell.ts';
import { usageOf } from './usage.ts';

/** Builtins that have to do with other processes. */

function jobOf(shell: Shell, word: string | undefined): Job | null {
  const live = shell.jobs;
  if (word === undefined || word === '%%' || word === '%+' || word === '%')
    return live.at(-1) ?? null;
  if (word === '%-') return live.at(-2) ?? null;
  const number = /^%?(\d+)$/.exec(word)?.[1];
  if (number !== undefined) return live.find((job) => job.number === Number(number)) ?? null;
  return live.find((job) => job.text.startsWith(word.slice(1))) ?? null;
}

function jobs(shell: Shell, args: readonly string[]): Result {
  const lines = shell.jobs.map((job, index) => {
    const mark =
      index === shell.jobs.length - 1 ? '+' : index === shell.jobs.length - 2 ? '-' : ' ';
    const state = job.process.status === null ? 'Running' : 'Done';
    if (args.includes('-p')) return `${job.process.pid}\n`;
    const pid = args.includes('-l') ? `${job.process.pid} ` : '';
    return `[${job.number}]${mark}  ${pid}${state.padEnd(24)}${job.text}${state === 'Running' ? ' &' : ''}\n`;
  });
  const ended = shell.jobs.filter(({ process }) => process.status !== null);
  for (const job of ended) shell.jobs.splice(shell.jobs.indexOf(job), 1);
  return said(lines.join(''));
}

function* fg(shell: Shell, [word]: readonly string[]): Step<Result> {
  const none = noJobs(shell, 'fg');
  if (none !== null) return none;
  const job = jobOf(shell, word);
  if (job === null) return fail(shell, `fg: ${word ?? 'current'}: no such job`);
  shell.process.print(`${job.text}\n`);
  shell.jobs.splice(shell.jobs.indexOf(job), 1);
  const { scheduler } = shell.process.system;
  const before = scheduler.foreground;
  scheduler.foreground = job.process.group;
  try {
    return yield* shell.process.wait(job.process);
  } finally {
    scheduler.foreground = before;
  }
}

/** wait(1): for a process, a job, or all. */
function* wait(shell: Shell, args: readonly string[]): Step<Result> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const any = args.includes('-n');
  if (words.length === 0) {
    const wanted = any ? shell.jobs.slice(0, 1) : [...shell.jobs];
    if (any && shell.jobs.length > 0) {
      const ended = () => shell.jobs.find(({ process }) => process.status !== null);
      while (ended() === undefined) yield { ready: () => ended() !== undefined };
      const job = ended();
      if (job !== undefined) shell.jobs.splice(shell.jobs.indexOf(job), 1);
      return job?.process.status ?? 0;
    }
    for (const { process } of wanted) yield* shell.process.wait(process);
    shell.jobs.length = 0;
    return any ? 127 : 0;
  }
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%')
      ? jobOf(shell, word)
      : (shell.jobs.find(({ process }) => process.pid === Number(word)) ?? null);
    if (job === null) {
      const number = /^\d+$/.test(word);
      status = fail(
        shell,
        word.startsWith('%')
          ? `wait: ${word}: no such job`
          : number
            ? `wait: pid ${word} is not a child of this shell`
            : `wait: \`${word}': not a pid or valid job spec`,
        number || word.startsWith('%') ? 127 : 1,
      );
      continue;
    }
    status = yield* shell.process.wait(job.process);
    if (job.process.endedBy === 'KILL') shell.tellEnd(job.process);
    const at = shell.jobs.indexOf(job);
    if (at >= 0) shell.jobs.splice(at, 1);
  }
  return status;
}

const noJobs = (shell: Shell, name: string): Result | null =>
  shell.interactive ? null : fail(shell, `${name}: no job control`);

const NAMES = Object.keys(SIGNALS) as Signal[];

/** Signals by number (signal(7)). */
const ALL_SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const REAL_TIME = Array.from({ length: 31 }, (_, index) =>
  index <= 15 ? `RTMIN${index === 0 ? '' : `+${index}`}` : `RTMAX-${30 - index}`,
);

/** A signal's number by its name or number; null where there is none. */
export function signalNumber(given: string): number | null {
  if (/^\d+$/.test(given)) return Number(given) <= 64 ? Number(given) : null;
  const name = given.toUpperCase().replace(/^SIG/, '');
  if (name === 'EXIT') return 0;
  const at = ALL_SIGNALS.indexOf(name);
  return at < 0 ? null : at + 1;
}
export const signalName = (number: number): string | undefined =>
  number === 0 ? 'EXIT' : ALL_SIGNALS[number - 1];

function listSignals(): string {
  const all: [number, string][] = [
    ...ALL_SIGNALS.map((name, index): [number, string] => [index + 1, name]),
    ...REAL_TIME.map((name, index): [number, string] => [index + 34, name]),
    [64, 'RTMAX'],
  ];
  return all
    .map(
      ([number, name], index) =>
        `${String(number).padStart(2)}) SIG${name}${index % 5 === 4 || index === all.length - 1 ? '\n' : '\t'}`,
    )
    .join('');
}

function kill(shell: Shell, args: readonly string[]): Result {
  if (/^-[lL]$/.test(args[0] ?? '')) {
    if (args.length === 1) return said(listSignals());
    let [text, status] = ['', 0];
    for (const word of args.slice(1)) {
      const number = signalNumber(word);
      const name = signalName(number !== null && number > 128 ? number - 128 : (number ?? -1));
      if (number === null || name === undefined) {
        status = fail(shell, `kill: ${word}: invalid signal specification`);
      } else text += `${/^\d+$/.test(word) ? name : number}\n`;
    }
    return said(text, status);
  }
  let signal: Signal | undefined = 'TERM';
  let words = args;
  const option = /^-(?:s$|n$)?(?:SIG)?(.+)?$/.exec(args[0] ?? '');
  if (option !== null && args[0]?.startsWith('-') === true) {
    const given = option[1] ?? args[1]?.replace(/^SIG/, '') ?? '';
    words = args.slice(option[1] === undefined ? 2 : 1);
    signal = /^\d+$/.test(given)
      ? NAMES.find((name) => SIGNALS[name] === Number(given))
      : NAMES.find((name) => name === given.toUpperCase());
    if (signal === undefined && given !== '0') {
      return fail(shell, `kill: ${given}: invalid signal specification`);
    }
  }
  if (words.length === 0) {
    shell.process.warn(`kill: usage: ${usageOf('kill')}\n`);
    return 2;
  }
  const { scheduler } = shell.process.system;
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%') ? jobOf(shell, word) : null;
    const process: Process | undefined =
      job?.process ?? scheduler.processes.find(({ pid }) => pid === Number(word));
    if (word.startsWith('%') && job === null) status = fail(shell, `kill: ${word}: no such job`);
    else if (!word.startsWith('%') && !/^-?\d+$/.test(word)) {
      status = fail(shell, `kill: ${word}: arguments must be process or job IDs`);
    } else if (process === undefined) status = fail(shell, `kill: (${word}) - No such process`);
    else if (signal !== undefined) {
      if (process === shell.process && !shell.catches(signal)) throw new Killed(signal);
      if (process === shell.process) continue;
      scheduler.signal(job === null ? { process } : { group: process.group }, signal);
    }
  }
  return status;
}

export const JOBS: Readonly<Record<string, Builtin>> = {
  jobs: simple(jobs),
  fg,
  bg: simple(
    (shell, [word]) =>
      noJobs(shell, 'bg') ??
      (jobOf(shell, word) === null ? fail(shell, `bg: ${word ?? 'current'}: no such job`) : 0),
  ),
  wait,
  kill: simple(kill),
  disown: simple((shell, [word]) => {
    const job = jobOf(shell, word);
    if (job === null) return fail(shell, `disown: ${word ?? 'current'}: no such job`);
    shell.jobs.splice(shell.jobs.indexOf(job), 1);
    return 0;
  }),
  suspend: simple((shell) => fail(shell, 'suspend: cannot suspend: no job control')),
};
