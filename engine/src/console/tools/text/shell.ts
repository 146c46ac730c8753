import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import type { Open } from '../../os/stream.ts';

/**
 * Starts `sh -c COMMAND`, as system(3) and popen(3) do, with this process's open files but for those given.
 * Throws `Errno` where there is no shell.
 */
export function startShell(
  process: Process,
  command: string,
  fds: Readonly<Record<number, Open>> = {},
): Process {
  const { system } = process;
  const shell = system.tools.get('/usr/bin/sh') ?? system.tools.get('/usr/bin/bash');
  if (shell === undefined) throw new Errno('ENOENT');
  const open = new Map(process.fds);
  for (const [fd, one] of Object.entries(fds)) open.set(Number(fd), one);
  return system.scheduler.start(shell, {
    system,
    argv: ['sh', '-c', command],
    parent: process,
    env: process.env,
    cwd: process.cwd,
    umask: process.umask,
    fds: open,
    group: process.group,
  });
}
