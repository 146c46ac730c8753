import { LibvirtError } from '../libvirt/errors.ts';
import { Errno } from '../os/errno.ts';
import { SIGNALS } from '../os/process.ts';
import type { Process, Step } from '../os/process.ts';

/** Quotes a word where a shell would not take it as it is (virBufferEscapeShell()). */
export function quoted(text: string): string {
  if (text === '') return "''";
  if (!/[\r\t\n !"#$&'()*;<>?[\\\]^`{|}~]/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where a program lies: the file of that path, or the first of that name in PATH. */
function locate(process: Process, name: string): string | null {
  const folders = (process.env.get('PATH') ?? '').split(':');
  const paths = name.includes('/') ? [name] : folders.map((folder) => `${folder || '.'}/${name}`);
  for (const path of paths) {
    try {
      const place = process.system.fs.find(path, process.cwd);
      const { type, mode } = process.system.fs.statOf(place);
      if (type === 'file' && (mode & 0o111) !== 0) return place.path;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
  }
  return null;
}

/**
 * Runs a program with virsh's own input and output, to its end (virCommandRun()). Throws a `LibvirtError` where it is not
 * there or does not end with 0.
 */
export function* runProgram(process: Process, argv: readonly string[]): Step {
  const { system } = process;
  const path = locate(process, argv[0] ?? '');
  if (path === null) {
    throw new LibvirtError(
      'SYSTEM_ERROR',
      `Cannot find '${argv[0] ?? ''}' in path: No such file or directory`,
    );
  }
  // A script is no program of its own: the shell reads it.
  const tool = system.tools.get(path);
  const shell = locate(process, 'sh');
  const runner = tool ?? (shell === null ? undefined : system.tools.get(shell));
  if (runner === undefined) {
    throw new LibvirtError(
      'SYSTEM_ERROR',
      `cannot execute binary ${path}: ${new Errno('ENOEXEC').message}`,
    );
  }
  const child = system.scheduler.start(runner, {
    system,
    argv: tool === undefined ? ['sh', path, ...argv.slice(1)] : argv,
    parent: process,
    env: process.env,
    cwd: process.cwd,
    umask: process.umask,
    fds: process.fds,
    group: process.group,
  });
  const status = yield* process.wait(child);
  if (status === 0) return;
  const signal = Object.values(SIGNALS).find((number) => number + 128 === status);
  const how = signal === undefined ? `exit status ${status}` : `fatal signal ${signal}`;
  throw new LibvirtError(
    'INTERNAL_ERROR',
    `Child process (${argv.map(quoted).join(' ')}) unexpected ${how}`,
  );
}
