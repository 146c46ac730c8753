import type { Process, Program } from '../../os/process.ts';
import { human } from '../coreutils/common.ts';

/** reboot, systemctl, the editor of the page, and qemu-img. */

export function reboot(process: Process): number {
  process.system.calls.reboot(process.name === 'reboot' ? 'restart' : 'off');
  return 0;
}

export function systemctl(process: Process): number {
  const [verb, unit = ''] = process.args.filter((word) => !word.startsWith('-'));
  const name = unit.replace(/\.(service|socket)$/, '');
  const known = ['libvirtd', 'virtlogd', 'ksm', 'ksmtuned', 'cron', 'ssh', 'dbus'];
  if (verb === 'reboot' || verb === 'poweroff') {
    process.system.calls.reboot(verb === 'reboot' ? 'restart' : 'off');
    return 0;
  }
  if (verb === undefined) return process.fail('this command is simulated for units only');
  if (!known.includes(name)) {
    process.warn(
      verb === 'status'
        ? `Unit ${name}.service could not be found.\n`
        : `Failed to ${verb} ${name}.service: Unit ${name}.service not found.\n`,
    );
    return verb === 'status' ? 4 : 5;
  }
  if (verb === 'is-active') process.print('active\n');
  else if (verb === 'is-enabled') process.print('enabled\n');
  else if (verb === 'status') {
    process.print(
      `● ${name}.service\n     Loaded: loaded (/lib/systemd/system/${name}.service; enabled; preset: enabled)\n     Active: active (running)\n`,
    );
  }
  return 0;
}

/** The editor that opens in the page; without one there is nothing to open. */
export function* editor(process: Process): Program {
  const path = process.args.at(-1);
  const { terminal, system } = process;
  if (path === undefined) return process.fail('no file was named');
  if (terminal === null || !terminal.canEdit) {
    return process.fail('there is no editor here; set EDITOR to a command such as "sed -i s/a/b/"');
  }
  const text = system.fs.exists(path, process.cwd) ? system.fs.read(path, process.cwd) : '';
  terminal.edit(path, text);
  for (;;) {
    const edited = terminal.takeEdited();
    if (edited !== null) {
      if (edited.text !== null) system.fs.write(path, edited.text, process.cwd);
      return 0;
    }
    yield { ready: () => terminal.editing === null };
  }
}

const UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

const IMAGE = /^QFI\xfb? qcow2 (\d+)\n/;

/** qemu-img create and info; an image is a short head and what it takes on the disk. */
export function qemuImg(process: Process): number {
  const [verb, ...words] = process.args;
  const { fs } = process.system;
  let format = 'raw';
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-f' || word === '-F' || word === '-O') format = words[++at] ?? '';
    else if (word === '-o' || word === '-b') at++;
    else if (!word.startsWith('-')) rest.push(word);
  }
  const [path = '', sizeText] = rest;
  if (verb === 'create') {
    const match = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(sizeText ?? '');
    if (match === null) {
      process.warn(
        sizeText === undefined
          ? `qemu-img: ${path}: Image creation needs a size parameter\n`
          : `qemu-img: Invalid image size specified! You may use k, M, G, T, P or E suffixes for \nqemu-img: kilobytes, megabytes, gigabytes, terabytes, petabytes and exabytes.\n`,
      );
      return 1;
    }
    const bytes = Math.floor(Number(match[1]) * (UNITS[(match[2] ?? '').toUpperCase()] ?? 1));
    fs.write(path, format === 'qcow2' ? `QFI qcow2 ${bytes}\n` : '', process.cwd);
    fs.setContent(
      path,
      process.cwd,
      format === 'qcow2'
        ? [{ text: `QFI qcow2 ${bytes}\n` }, { opaque: 196_624 - `QFI qcow2 ${bytes}\n`.length }]
        : [{ hole: bytes }],
    );
    process.print(
      `Formatting '${path}', fmt=${format}${format === 'qcow2' ? ' cluster_size=65536 extended_l2=off compression_type=zlib' : ''} size=${bytes}${format === 'qcow2' ? ' lazy_refcounts=off refcount_bits=16' : ''}\n`,
    );
    return 0;
  }
  if (verb === 'info') {
    if (!fs.exists(path, process.cwd)) {
      process.warn(
        `qemu-img: Could not open '${path}': Could not open '${path}': No such file or directory\n`,
      );
      return 1;
    }
    const stat = fs.stat(path, process.cwd);
    const file = fs.open(path, process.cwd, { read: true });
    const head = file.read(64) ?? '';
    file.open.close();
    const image = IMAGE.exec(head);
    const virtual = image === null ? stat.size : Number(image[1]);
    const shown = human(virtual)
      .replace(/([KMGT])$/, ' $1iB')
      .replace('.0', '');
    process.print(
      `image: ${path}\nfile format: ${image === null ? 'raw' : 'qcow2'}\nvirtual size: ${shown} (${virtual} bytes)\ndisk size: ${Math.ceil((stat.blocks * 512) / 1024)} KiB\n`,
    );
    if (image !== null) process.print('cluster_size: 65536\n');
    return 0;
  }
  process.warn(
    `qemu-img: Command not found: ${verb ?? ''}\nTry 'qemu-img --help' for more information\n`,
  );
  return 1;
}

/** kvm_stat -1: what KVM counted, of /sys/kernel/debug/kvm. */
export function* kvmStat(process: Process): Program {
  const once = process.args.some((word) => word === '-1' || word === '--once');
  const { fs } = process.system;
  const base = '/sys/kernel/debug/kvm';
  const read = (): [name: string, value: number][] =>
    fs
      .list(base, '/')
      .filter((name) => !/^\d/.test(name))
      .map((name): [string, number] => [name, Number(fs.read(`${base}/${name}`))])
      .sort((a, b) => b[1] - a[1]);
  let before = new Map<string, number>();
  for (;;) {
    const rows = read().filter(([, value]) => value > 0);
    const sum = Math.max(
      1,
      rows.reduce((all, [, value]) => all + value, 0),
    );
    const text = rows
      .map(([name, value]) =>
        once
          ? `${name.padEnd(42)} ${String(value).padStart(10)} ${String(value - (before.get(name) ?? 0)).padStart(10)}\n`
          : `${name.padEnd(40)} ${String(value).padStart(10)} ${((value * 100) / sum).toFixed(1).padStart(7)} ${String(value - (before.get(name) ?? 0)).padStart(8)}\n`,
      )
      .join('');
    yield* process.put(
      once
        ? text
        : `\fkvm statistics - summary\n\n${' Event'.padEnd(40)} ${'Total'.padStart(10)} ${'%Total'.padStart(7)} CurAvg/s\n${text}`,
    );
    if (once) return 0;
    before = new Map(rows);
    yield* process.sleep(3000);
  }
}
