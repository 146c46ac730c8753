import type { Domain } from '../../libvirt/api.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { Killed } from '../../os/process.ts';
import type { Step } from '../../os/process.ts';
import type { Call } from '../call.ts';

/** cmdRunConsole(): the terminal is the guest's, until the escape key or the guest's end. */
export function* openConsole(
  call: Call,
  domain: Domain,
  device: string | null,
  flags: { force?: boolean; safe?: boolean } = {},
): Step {
  const { stdin } = call.process;
  const { escape } = call.session.settings;
  const { state } = call.attempt('Unable to get domain status', () => domain.getState());
  if (state === 'shut off') call.fail('The domain is not running');
  if (!stdin.isTerminal) {
    call.fail('Cannot run interactive console without a controlling TTY');
  }
  const [first = '', second = ''] = escape;
  call.extra(`Connected to domain '${domain.name}'\nEscape character is ${escape}`);
  call.extra(first === '^' ? ` (Ctrl + ${second})\n` : '\n');
  const key =
    first === '^' ? String.fromCharCode(second.toUpperCase().charCodeAt(0) ^ 0x40) : first;
  stdin.setRaw?.(true);
  try {
    const stream = domain.openConsole(device, flags);
    try {
      for (;;) {
        yield { ready: () => stream.ready || stdin.ready };
        if (stream.ready) {
          const shown = stream.read();
          if (shown === null) return;
          if (shown !== '') call.print(shown);
        }
        if (stdin.ready) {
          const typed = stdin.read(1024);
          if (typed === null) throw new LibvirtError('INTERNAL_ERROR', 'EOF on stdin');
          const end = typed.indexOf(key);
          if (end < 0) stream.write(typed);
          else {
            if (end > 0) stream.write(typed.slice(0, end));
            return;
          }
        }
      }
    } finally {
      stream.close();
    }
  } catch (problem) {
    // Signals end the console, not virsh (virConsoleHandleSignal()).
    if (!(problem instanceof Killed) || problem.signal === 'KILL') throw problem;
  } finally {
    stdin.setRaw?.(false);
  }
}

/** The command `console` (virsh-console.c). */
export const CONSOLE = {
  *console(call: Call): Step {
    const domain = call.domain();
    yield* openConsole(call, domain, call.text('devname'), call.flags('force', 'safe'));
  },
};
