import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import { MODULES } from '../../host/modules.ts';
import { readOptions } from '../usage.ts';

/** lsmod, modprobe, rmmod, modinfo, insmod and depmod of kmod 30. */

interface Loaded {
  name: string;
  size: string;
  count: number;
  users: string;
}
function loaded(process: Process): Loaded[] {
  return process.system.fs
    .read('/proc/modules')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', size = '0', count = '0', users = '-'] = line.split(' ');
      return {
        name,
        size,
        count: Number(count),
        users: users === '-' ? '' : users.replace(/,$/, ''),
      };
    });
}

export function lsmod(process: Process): number {
  if (process.args.length > 0) {
    process.warn('Usage: lsmod\n');
    return 1;
  }
  process.print('Module                  Size  Used by\n');
  for (const { name, size, count, users } of loaded(process)) {
    process.print(
      `${name.padEnd(19)} ${size.padStart(8)}  ${count}${users === '' ? '' : ` ${users}`}\n`,
    );
  }
  return 0;
}

const normal = (name: string): string =>
  name
    .replaceAll('-', '_')
    .replace(/^.*\//, '')
    .replace(/\.ko(\.xz)?$/, '');

/** Lines of /etc/modprobe.d that concern a module. */
function settings(
  process: Process,
  name: string,
): {
  options: string[];
  blacklisted: boolean;
  install: string | null;
  aliases: Map<string, string>;
} {
  const { fs } = process.system;
  const found = {
    options: [] as string[],
    blacklisted: false,
    install: null as string | null,
    aliases: new Map<string, string>(),
  };
  for (const folder of [
    '/etc/modprobe.d',
    '/run/modprobe.d',
    '/usr/lib/modprobe.d',
    '/lib/modprobe.d',
  ]) {
    let names: string[];
    try {
      names = fs.list(folder, '/');
    } catch {
      continue;
    }
    for (const file of names.filter((one) => one.endsWith('.conf'))) {
      for (const line of fs.read(`${folder}/${file}`).replace(/\\\n/g, ' ').split('\n')) {
        const [word = '', of = '', ...rest] = line.trim().split(/\s+/);
        if (word.startsWith('#')) continue;
        if (word === 'alias') found.aliases.set(normal(of), normal(rest[0] ?? ''));
        if (normal(of) !== name) continue;
        if (word === 'options') found.options.push(rest.join(' '));
        if (word === 'blacklist') found.blacklisted = true;
        if (word === 'install') found.install = rest.join(' ');
      }
    }
  }
  return found;
}

function usage(process: Process): number {
  process.warn(`Try '${process.name} --help' for more information.\n`);
  return 1;
}

export function modprobe(process: Process): number {
  const given = readOptions(
    process,
    '+arRibfDcnC:d:S:qsvVh',
    {
      all: 'a',
      remove: 'r',
      'remove-dependencies': '@deps',
      'resolve-alias': 'R',
      'first-time': '@first',
      'ignore-install': 'i',
      'ignore-remove': 'i',
      'use-blacklist': 'b',
      force: 'f',
      'show-depends': 'D',
      showconfig: 'c',
      'show-config': 'c',
      'show-modversions': '@modversions',
      'dry-run': 'n',
      show: 'n',
      config: 'C:',
      dirname: 'd:',
      'set-version': 'S:',
      quiet: 'q',
      syslog: 's',
      verbose: 'v',
      version: 'V',
      help: 'h',
    },
    usage,
  );
  if (given.has('V')) {
    process.print('kmod version 30\n+ZSTD +XZ -ZLIB +LIBCRYPTO -EXPERIMENTAL\n');
    return 0;
  }
  if (given.has('c')) {
    process.print(configuration(process));
    return 0;
  }
  const [first, ...rest] = given.operands;
  if (first === undefined) {
    process.warn(`modprobe: ERROR: missing parameters. See -h.\n`);
    return 1;
  }
  if (given.has('r')) {
    let status = 0;
    for (const name of given.operands)
      status |= remove(process, normal(name), given.has.bind(given));
    return status;
  }
  const names = given.has('a') ? given.operands : [first];
  let status = 0;
  for (const name of names)
    status |= insert(
      process,
      normal(name),
      name,
      given.has('a') ? [] : rest,
      given.has.bind(given),
    );
  return status;
}

/** What all files of /etc/modprobe.d say together. */
function configuration(process: Process): string {
  const { fs } = process.system;
  let text = '';
  for (const folder of ['/etc/modprobe.d', '/lib/modprobe.d']) {
    let names: string[];
    try {
      names = fs.list(folder, '/');
    } catch {
      continue;
    }
    for (const file of names.filter((one) => one.endsWith('.conf'))) {
      for (const line of fs.read(`${folder}/${file}`).split('\n')) {
        const trimmed = line.trim();
        if (trimmed !== '' && !trimmed.startsWith('#')) text += `${trimmed.replace(/\s+/g, ' ')}\n`;
      }
    }
  }
  return text;
}

function insert(
  process: Process,
  name: string,
  typed: string,
  parameters: readonly string[],
  has: (key: string) => boolean,
): number {
  const { aliases } = settings(process, name);
  const real = aliases.get(name) ?? name;
  const module = Object.hasOwn(MODULES, real) ? MODULES[real] : undefined;
  if (module === undefined) {
    if (!has('q'))
      process.warn(
        `modprobe: FATAL: Module ${typed} not found in directory /lib/modules/${process.system.uname.release}\n`,
      );
    return 1;
  }
  const there = new Set(loaded(process).map((one) => one.name));
  const path = (which: string): string =>
    `/lib/modules/${process.system.uname.release}/kernel/${FOLDERS[which] ?? 'drivers/misc'}/${which.replaceAll('_', '-')}.ko`;
  const wanted = [...new Set(dependencies(real))];
  if (has('D')) {
    for (const one of [...wanted, real]) {
      const text = [...settings(process, one).options, ...(one === real ? parameters : [])].join(
        ' ',
      );
      process.print(`insmod ${path(one)} ${text}\n`);
    }
    return 0;
  }
  if (there.has(real)) {
    if (!has('@first')) return 0;
    process.warn(`modprobe: ERROR: could not insert '${real}': Module already in kernel\n`);
    return 1;
  }
  for (const one of [...wanted, real]) {
    if (there.has(one)) continue;
    const text = [...settings(process, one).options, ...(one === real ? parameters : [])].join(' ');
    if (has('v') || has('n')) process.print(`insmod ${path(one)} ${text}\n`);
    if (has('n')) continue;
    try {
      process.system.calls.insertModule(one, text);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      // What it needs and was brought in for it stays.
      process.warn(`modprobe: ERROR: could not insert '${one}': ${error.message}\n`);
      return 1;
    }
  }
  return 0;
}

const FOLDERS: Record<string, string> = {
  kvm: 'arch/x86/kvm',
  kvm_intel: 'arch/x86/kvm',
  kvm_amd: 'arch/x86/kvm',
  irqbypass: 'virt/lib',
  ccp: 'drivers/crypto/ccp',
  virtio_balloon: 'drivers/virtio',
  brd: 'drivers/block',
  loop: 'drivers/block',
  zram: 'drivers/block/zram',
  intel_rapl_common: 'drivers/powercap',
  intel_rapl_msr: 'drivers/powercap',
};

function dependencies(name: string): string[] {
  const direct = MODULES[name]?.depends ?? [];
  return [...direct.flatMap(dependencies), ...direct];
}

function remove(process: Process, name: string, has: (key: string) => boolean): number {
  const found = loaded(process).find((one) => one.name === name);
  if (found === undefined) {
    if (!Object.hasOwn(MODULES, name)) {
      process.warn(`modprobe: FATAL: Module ${name} not found.\n`);
      return 1;
    }
    if (has('@first')) {
      process.warn(`modprobe: FATAL: Module ${name} is not in kernel.\n`);
      return 1;
    }
    return 0;
  }
  if (found.count > 0) {
    process.warn(
      `modprobe: FATAL: Module ${name} is in use${found.users === '' ? '' : ` by: ${found.users.replaceAll(',', ' ')}`}.\n`.replace(
        / by: (.*)\.\n/,
        ' by: $1\n',
      ),
    );
    return 1;
  }
  if (has('v') || has('n')) process.print(`rmmod ${name}\n`);
  if (has('n')) return 0;
  try {
    process.system.calls.removeModule(name);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    process.warn(`modprobe: ERROR: could not remove '${name}': ${error.message}\n`);
    return 1;
  }
  // What it needed itself goes too, where nothing else does.
  for (const one of [...(MODULES[name]?.depends ?? [])].reverse()) {
    const other = loaded(process).find((candidate) => candidate.name === one);
    if (other !== undefined && other.count === 0) process.system.calls.removeModule(one);
  }
  return 0;
}

export function rmmod(process: Process): number {
  const given = readOptions(
    process,
    'fsvVh',
    { force: 'f', syslog: 's', verbose: 'v', version: 'V', help: 'h' },
    usage,
  );
  if (given.operands.length === 0) {
    process.warn('rmmod: ERROR: missing module name.\n');
    return 1;
  }
  let status = 0;
  for (const typed of given.operands) {
    const name = normal(typed);
    const found = loaded(process).find((one) => one.name === name);
    if (found === undefined) {
      process.warn(`rmmod: ERROR: Module ${name} is not currently loaded\n`);
      status = 1;
    } else if (found.count > 0) {
      process.warn(
        found.users === ''
          ? `rmmod: ERROR: Module ${name} is in use\n`
          : `rmmod: ERROR: Module ${name} is in use by: ${found.users.replaceAll(',', ' ')}\n`,
      );
      status = 1;
    } else process.system.calls.removeModule(name);
  }
  return status;
}

export function insmod(process: Process): number {
  const [path, ...parameters] = process.args;
  if (path === undefined) {
    process.warn('insmod: ERROR: missing filename.\n');
    return 1;
  }
  const name = normal(path);
  if (!Object.hasOwn(MODULES, name)) {
    process.warn(`insmod: ERROR: could not load module ${path}: No such file or directory\n`);
    return 1;
  }
  try {
    process.system.calls.insertModule(name, parameters.join(' '));
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    process.warn(`insmod: ERROR: could not insert module ${path}: ${error.message}\n`);
    return 1;
  }
}

/** What a module is for, and what its parameters switch. */
const ABOUT: Record<
  string,
  { description?: string; author: string; parameters?: Record<string, string> }
> = {
  kvm: { author: 'Qumranet' },
  kvm_intel: {
    author: 'Qumranet',
    parameters: {
      ept: 'second dimension of paging in hardware (bool)',
      vpid: 'tags in the TLB for each virtual processor (bool)',
      unrestricted_guest: 'real mode without emulation; needs EPT (bool)',
      eptad: 'accessed and dirty flags in EPT entries (bool)',
      pml: 'page-modification logging (bool)',
      nested: 'guests may be hosts (bool)',
    },
  },
  kvm_amd: {
    author: 'Qumranet',
    parameters: {
      npt: 'second dimension of paging in hardware (bool)',
      nested: 'guests may be hosts (int)',
    },
  },
  virtio_balloon: { description: 'Virtio balloon driver', author: '' },
};

export function modinfo(process: Process): number {
  const given = readOptions(
    process,
    'adlpn0F:k:b:Vh',
    {
      author: 'a',
      description: 'd',
      license: 'l',
      parameters: 'p',
      filename: 'n',
      field: 'F:',
      version: 'V',
      help: 'h',
    },
    usage,
  );
  if (given.operands.length === 0) {
    process.warn('modinfo: ERROR: missing module or filename.\n');
    return 1;
  }
  let status = 0;
  for (const typed of given.operands) {
    const name = normal(typed);
    const module = Object.hasOwn(MODULES, name) ? MODULES[name] : undefined;
    if (module === undefined) {
      process.warn(`modinfo: ERROR: Module ${typed} not found.\n`);
      status = 1;
      continue;
    }
    const about = ABOUT[name] ?? { author: '' };
    const parameters = Object.entries(module.parameters).map(([key, { type }]) =>
      `${key}:${about.parameters?.[key] ?? ''}${about.parameters?.[key] === undefined ? ` (${type})` : ''}`.replace(
        ': (',
        ':(',
      ),
    );
    const fields: [string, string][] = [
      [
        'filename',
        `/lib/modules/${process.system.uname.release}/kernel/${FOLDERS[name] ?? 'drivers/misc'}/${name.replaceAll('_', '-')}.ko`,
      ],
      ...(about.description === undefined
        ? []
        : ([['description', about.description]] as [string, string][])),
      ['license', 'GPL'],
      ...(about.author === '' ? [] : ([['author', about.author]] as [string, string][])),
      ['depends', module.depends.join(',')],
      ['retpoline', 'Y'],
      ['intree', 'Y'],
      ['name', name],
      ['vermagic', `${process.system.uname.release} SMP preempt mod_unload modversions `],
      ...parameters.map((text): [string, string] => ['parm', text]),
    ];
    const only =
      given.value('F') ??
      { a: 'author', d: 'description', l: 'license', p: 'parm', n: 'filename' }[
        given.all[0]?.[0] as 'a'
      ];
    for (const [key, value] of fields) {
      if (only === undefined) process.print(`${`${key}:`.padEnd(16)}${value}\n`);
      else if (key === only) process.print(`${value}\n`);
    }
  }
  return status;
}
