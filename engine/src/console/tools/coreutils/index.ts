import type { Process, Program, Tool } from '../../os/process.ts';
import { command } from './common.ts';
import * as files from './files.ts';
import { find } from './find.ts';
import { ls } from './ls.ts';
import * as system from './system.ts';
import * as text from './text.ts';

/** The commands of coreutils and findutils, by the path at which each lies. */
const COMMANDS: Readonly<Record<string, (process: Process) => Program | number>> = {
  '[': system.test,
  basename: system.basename,
  cat: text.cat,
  chgrp: files.chown,
  chmod: files.chmod,
  chown: files.chown,
  cp: files.cp,
  date: system.date,
  dd: system.dd,
  df: system.df,
  dirname: system.dirname,
  du: files.du,
  echo: system.echo,
  env: system.env,
  false: () => 1,
  find,
  fold: text.fold,
  head: text.head,
  hexdump: text.hexdump,
  hostname: system.hostname,
  id: system.id,
  ln: files.ln,
  ls,
  mkdir: files.mkdir,
  mktemp: files.mktemp,
  mv: files.mv,
  nice: system.nice,
  nl: text.nl,
  nohup: system.nohup,
  nproc: system.nproc,
  od: text.hexdump,
  paste: text.paste,
  printenv: system.printenv,
  printf: system.printf,
  pwd: (process) => {
    process.print(`${process.cwd}\n`);
    return 0;
  },
  readlink: files.readlink,
  realpath: files.readlink,
  rev: text.rev,
  rm: files.rm,
  rmdir: files.rmdir,
  seq: text.seq,
  sleep: system.sleep,
  stat: files.stat,
  sync: (process) => {
    process.system.calls.sync();
    return 0;
  },
  tac: text.tac,
  tail: text.tail,
  tee: text.tee,
  test: system.test,
  timeout: system.timeout,
  touch: files.touch,
  true: () => 0,
  truncate: files.truncate,
  tty: (process) => {
    const isTerminal = process.stdin.isTerminal;
    process.print(isTerminal ? '/dev/pts/0\n' : 'not a tty\n');
    return isTerminal ? 0 : 1;
  },
  uname: system.uname,
  wc: text.wc,
  which: system.which,
  whoami: (process) => {
    process.print('root\n');
    return 0;
  },
  xargs: system.xargs,
  yes: text.yes,
  clear: (process) => {
    process.print('\f');
    return 0;
  },
};

export const TOOLS: Readonly<Record<string, Tool>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, body]) => [`/usr/bin/${name}`, command(body)]),
);
