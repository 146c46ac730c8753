import { Errno } from '../../os/errno.ts';
import type { Call } from '../call.ts';
import { helpOn, listAll } from '../help.ts';
import { quoted } from '../run.ts';
import { escapeXml, splitCommas } from '../text.ts';

/** Commands of virsh itself, most of which need no hypervisor (vsh.c, virsh.c). */
export const SHELL = {
  help(call: Call) {
    const name = call.quietly('command');
    call.print(
      name === null
        ? `Grouped commands:\n\n${listAll(':')}`
        : (helpOn(name) ?? call.fail(`command or command group '${name}' doesn't exist`)),
    );
  },
  cd(call: Call) {
    const { process, session } = call;
    if (!session.interactive) call.fail('cd: command valid only in interactive mode');
    const folder = call.quietly('dir') ?? process.env.get('HOME') ?? '/root';
    try {
      const place = process.system.fs.find(folder, process.cwd);
      if (process.system.fs.statOf(place).type !== 'directory') throw new Errno('ENOTDIR');
      process.cwd = place.path;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      call.fail(`cd: ${error.message}: ${folder}`);
    }
  },
  pwd(call: Call) {
    call.print(`${call.process.cwd}\n`);
  },
  echo(call: Call) {
    call.exclusive(['shell', 'xml'], ['shell', 'split'], ['xml', 'split']);
    const text = call
      .words()
      .map((word) => {
        if (call.has('xml')) return escapeXml(word);
        if (call.has('shell')) return quoted(word);
        return call.has('split')
          ? splitCommas(word)
              .map((part) => `${part}\n`)
              .join('')
          : word;
      })
      .join(' ');
    if (call.words().length === 0) return;
    if (call.has('err')) call.session.error(text);
    else call.print(text);
  },
  quit,
  exit: quit,
  connect(call: Call) {
    call.session.reconnect(call.text('name'), call.has('readonly'));
  },
  // Nothing can be wrong with the table here: it is checked when virsh is built.
  'self-test': () => undefined,
};

function quit(call: Call): void {
  call.session.interactive = false;
}
