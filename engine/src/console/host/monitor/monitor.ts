import { Expression, MonitorError } from './expression.ts';
import { memText, tlbText, translate } from './tables.ts';
import type { Peek } from './tables.ts';

/** The human monitor of a guest (`virsh qemu-monitor-command --hmp`), as QEMU 7.2 answers. */
export interface MonitoredMachine {
  readonly paused: boolean;
  readonly name: string;
  readonly uuid: string;
  /** Threads of its virtual processors. */
  readonly threads: readonly number[];
  /** Bytes of each node's backend, by its name. */
  readonly backends: readonly (readonly [name: string, bytes: bigint])[];
  /** Bytes of memory, and MiB that the balloon leaves. */
  readonly bytes: bigint;
  readonly actual: number;
  /** CR3 of its first vCPU. */
  readonly root: bigint;
  /** Eight bytes of guest memory at an address that is a multiple of 8; zeroes where nothing is. */
  readonly peek: Peek;
  /** Where the process of the host maps an address, and what is behind it; null where nothing is. */
  hva(gpa: bigint): bigint;
  hpa(gpa: bigint): bigint | null;
  /** Addresses of the kernel's text and of its stack. */
  readonly rip: bigint;
  readonly rsp: bigint;
}

const ARGUMENTS: Record<string, string> = {
  balloon: 'target -- request VM to change its memory allocation (in MB)',
  gpa2hpa: 'addr -- print the host physical address corresponding to a guest physical address',
  gpa2hva: 'addr -- print the host virtual address corresponding to a guest physical address',
  gva2gpa: 'addr -- print the guest physical address corresponding to a guest virtual address',
  help: '[cmd] -- show the help',
  info: '[subcommand] -- show various information about the system state',
  print: '/fmt expr -- print expression value (use $reg for CPU register access)',
  cpu: 'index -- set the default CPU',
  nmi: '-- inject an NMI',
  sendkey:
    "keys [hold_ms] -- send keys to the VM (e.g. 'sendkey ctrl-alt-f1', default hold time=100 ms)",
  x: "/fmt addr -- virtual memory dump starting at 'addr'",
  xp: "/fmt addr -- physical memory dump starting at 'addr'",
};
const ALIASES: Record<string, string> = { p: 'print', '?': 'help' };

const INFO: Record<string, string> = {
  'balloon ': 'show balloon information',
  'kvm ': 'show KVM information',
  'mem ': 'show the active virtual memory mappings',
  'memdev ': 'show memory backends',
  'memory-devices ': 'show memory devices',
  'memory_size_summary ':
    'show the amount of initially allocated and present hotpluggable (if enabled) memory in bytes.',
  'mtree [-f][-d][-o][-D]':
    'show memory tree (-f: dump flat view for address spaces;-d: dump dispatch tree, valid with -f only);-o: dump region owners/parents;-D: dump disabled regions',
  'numa ': 'show NUMA information',
  'pic ': 'show PIC state',
  'registers [-a|vcpu]':
    "show the cpu registers (-a: show register info for all cpus; vcpu: specific vCPU to query; show the current CPU's registers if no argument is specified)",
  'status ': 'show the current VM status (running|paused)',
  'tlb ': 'show virtual to physical memory mappings',
  'version ': 'show the version of QEMU',
};

const hex16 = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');
/** C's `%#lx`. */
const sharp = (value: bigint): string => (value === 0n ? '0' : `0x${value.toString(16)}`);

/** Answers a command; the text ends in a line end, as the monitor prints it. */
export function monitorCommand(machine: MonitoredMachine, command: string): string {
  const line = command.trim();
  if (line === '') return '';
  const match = /^([\w-]+|\?)(.*)$/s.exec(line);
  const typed = match?.[1] ?? line;
  const name = ALIASES[typed] ?? typed;
  const rest = match?.[2] ?? '';
  if (!Object.hasOwn(ARGUMENTS, name)) return `unknown command: '${line.split(/\s/)[0] ?? ''}'\n`;
  try {
    return answer(machine, name, rest);
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return `${error.message}\nTry "help ${typed}" for more information\n`;
  }
}

function answer(machine: MonitoredMachine, name: string, rest: string): string {
  const register = (which: string): bigint | null =>
    ({
      cr3: machine.root,
      pc: machine.rip,
      eip: machine.rip,
      rip: machine.rip,
      sp: machine.rsp,
      esp: machine.rsp,
      rsp: machine.rsp,
    })[which] ?? null;
  const evaluate = (text: string): bigint => {
    const { value, rest: left } = new Expression(text, register).read();
    if (left.trim() !== '') {
      throw new MonitorError(
        `${name === 'print' ? 'print|p' : name}: extraneous characters at the end of line`,
      );
    }
    return value;
  };
  switch (name) {
    case 'help':
      return helpText(rest.trim());
    case 'info':
      return infoText(machine, rest.trim());
    case 'gva2gpa': {
      const gpa = translate(machine.peek, machine.root, evaluate(rest));
      return gpa === null ? 'Unmapped\n' : `gpa: ${sharp(gpa)}\n`;
    }
    case 'gpa2hva': {
      const gpa = evaluate(rest);
      if (gpa >= machine.bytes) return `No memory is mapped at address 0x${gpa.toString(16)}\n`;
      return `Host virtual address for 0x${gpa.toString(16)} (pc.ram) is 0x${machine.hva(gpa).toString(16)}\n`;
    }
    case 'gpa2hpa': {
      const gpa = evaluate(rest);
      if (gpa >= machine.bytes) return `No memory is mapped at address 0x${gpa.toString(16)}\n`;
      return `Host physical address for 0x${gpa.toString(16)} (pc.ram) is 0x${(machine.hpa(gpa) ?? 0n).toString(16)}\n`;
    }
    case 'balloon':
      evaluate(rest);
      return '';
    case 'nmi':
    case 'sendkey':
      return '';
    case 'cpu':
      return Number(evaluate(rest)) < machine.threads.length ? '' : 'invalid CPU index\n';
    case 'print': {
      const { format, left } = readFormat(rest, { count: 1, letter: 'x', size: 8 });
      return `${printed(evaluate(left), format.letter)}\n`;
    }
    default: {
      const { format, left } = readFormat(rest, { count: 1, letter: 'x', size: 4 });
      return dump(machine, evaluate(left), format, name === 'x');
    }
  }
}

interface Format {
  count: number;
  letter: string;
  size: number;
}

const SIZES: Record<string, number> = { b: 1, h: 2, w: 4, g: 8, L: 8 };

function readFormat(text: string, before: Format): { format: Format; left: string } {
  const trimmed = text.trimStart();
  if (!trimmed.startsWith('/')) return { format: before, left: text };
  const format = { ...before };
  const digits = /^\/(\d*)/.exec(trimmed)?.[1] ?? '';
  if (digits !== '') format.count = Math.min(Number(digits), 65_536);
  let at = 1 + digits.length;
  for (; at < trimmed.length && !/\s/.test(trimmed[at] ?? ''); at++) {
    const letter = trimmed[at] ?? '';
    if ('oduxic'.includes(letter)) format.letter = letter;
    else if (SIZES[letter] !== undefined) format.size = SIZES[letter];
    else throw new MonitorError(`invalid char in format: '${letter}'`);
  }
  return { format, left: trimmed.slice(at) };
}

function printed(value: bigint, letter: string): string {
  switch (letter) {
    case 'd':
      return String(BigInt.asIntN(64, value));
    case 'u':
      return String(value);
    case 'o':
      return value === 0n ? '0' : `0${value.toString(8)}`;
    case 'c':
      return `'${character(value)}'`;
    default:
      return sharp(value);
  }
}

function character(value: bigint): string {
  const code = Number(value & 0xffn);
  const known: Record<number, string> = { 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
  if (known[code] !== undefined) return known[code];
  return code >= 32 && code <= 126
    ? String.fromCharCode(code)
    : `\\x${code.toString(16).padStart(2, '0')}`;
}

// memory_dump() of monitor/misc.c.
function dump(machine: MonitoredMachine, from: bigint, format: Format, isVirtual: boolean): string {
  if (format.letter === 'i') return 'Asm output not supported on this arch\n';
  const perLine = format.letter === 'c' || format.size === 1 ? 8 : 16;
  const { size } = format;
  let text = '';
  let at = from;
  let left = format.count * size;
  while (left > 0) {
    const address = isVirtual ? translate(machine.peek, machine.root, at) : at;
    if (address === null) return `${text}${hex16(at)}: Cannot access memory\n`;
    const bytes = Math.min(left, perLine);
    let row = `${hex16(at)}:`;
    for (let offset = 0; offset < bytes; offset += size) {
      const value = readBytes(machine.peek, address + BigInt(offset), size);
      row += ` ${formatted(value, format)}`;
    }
    text += `${row}\n`;
    at += BigInt(bytes);
    left -= bytes;
  }
  return text;
}

function readBytes(peek: Peek, address: bigint, size: number): bigint {
  let value = 0n;
  for (let byte = 0; byte < size; byte++) {
    const at = address + BigInt(byte);
    const word = peek(at & ~7n);
    value |= ((word >> ((at & 7n) * 8n)) & 0xffn) << BigInt(byte * 8);
  }
  return value;
}

function formatted(value: bigint, { letter, size }: Format): string {
  const bits = size * 8;
  switch (letter) {
    case 'd':
      return String(BigInt.asIntN(bits, value)).padStart([0, 4, 6, 0, 11, 0, 0, 0, 21][size] ?? 0);
    case 'u':
      return String(value).padStart([0, 3, 5, 0, 10, 0, 0, 0, 20][size] ?? 0);
    case 'o':
      return `0${value.toString(8).padStart(Math.ceil(bits / 3), '0')}`;
    case 'c':
      return `'${character(value)}'`;
    default:
      return `0x${value.toString(16).padStart(size * 2, '0')}`;
  }
}

function helpText(topic: string): string {
  const row = (name: string): string => `${name} ${ARGUMENTS[name] ?? ''}\n`;
  if (topic === '') return Object.keys(ARGUMENTS).map(row).join('');
  if (topic === 'info') return infoHelp();
  const name = ALIASES[topic] ?? topic;
  return Object.hasOwn(ARGUMENTS, name) ? row(name) : `unknown command: '${topic}'\n`;
}

const infoHelp = (): string =>
  Object.entries(INFO)
    .map(([name, text]) => `info ${name} -- ${text}\n`)
    .join('');

/** Topics that take no argument. */
const ALONE = new Set(
  'balloon cpus kvm mem memdev memory-devices memory_size_summary name numa pic status tlb uuid version'.split(
    ' ',
  ),
);

/** Answers of a plain PC that never change. */
const SHORT: Readonly<Record<string, string>> = {
  block: '',
  blockstats: '',
  'block-jobs': 'No active jobs\n',
  dirty_rate:
    'Status: unstarted\nStart Time: 0 (ms)\nSample Pages: 0 (per GB)\nPeriod: 0 (sec)\nMode: page-sampling\nDirty rate: (not ready)\n',
  dump: 'Status: none\n',
  iothreads: '',
  jit: 'Error: JIT information is only available with accel=tcg\n',
  mice: '* Mouse #2: QEMU PS/2 Mouse\n',
  migrate:
    'globals:\nstore-global-state: on\nonly-migratable: off\nsend-configuration: on\nsend-section-footer: on\ndecompress-error-check: on\nclear-bitmap-shift: 18\n',
  network: '',
  sev: 'SEV is not enabled\n',
  sgx: 'No EPC regions defined, SGX not available\n',
  snapshots: 'no block device can store vmstate for snapshot\n',
  tpm: '',
  usb: '',
  'vm-generation-id': 'Error: VM Generation ID device not found\n',
  vnc: 'None\n',
};

function infoText(machine: MonitoredMachine, topic: string): string {
  const [name = '', ...more] = topic.split(/\s+/);
  if (more.length > 0 && ALONE.has(name)) {
    return `${name}: extraneous characters at the end of line\nTry "help info ${name}" for more information\n`;
  }
  switch (name) {
    case '':
      return infoHelp();
    case 'status':
      return `VM status: ${machine.paused ? 'paused' : 'running'}\n`;
    case 'balloon':
      return `balloon: actual=${machine.actual}\n`;
    case 'kvm':
      return 'kvm support: enabled\n';
    case 'version':
      return '7.2.22Debian 1:7.2+dfsg-7+deb12u18\n';
    case 'mem':
      return memText(machine.peek, machine.root);
    case 'tlb':
      return tlbText(machine.peek, machine.root);
    case 'memory_size_summary':
      return `base memory: ${machine.bytes}\nplugged memory: 0\n`;
    case 'memdev':
      return machine.backends
        .map(([name, size]) => {
          const facts = { size: ` ${size}`, merge: true, dump: false, prealloc: false };
          const more = { share: false, reserve: true, policy: 'default', 'host nodes': '' };
          const lines = Object.entries({ ...facts, ...more });
          return `memory backend: ${name}\n${lines.map(([key, value]) => `  ${key}: ${value}\n`).join('')}`;
        })
        .concat('\n')
        .join('');
    case 'memory-devices':
      return '';
    case 'numa':
      return '0 nodes\n';
    case 'name':
      return `${machine.name}\n`;
    case 'uuid':
      return `${machine.uuid}\n`;
    case 'cpus':
      return machine.threads
        .map((thread, cpu) => `${cpu === 0 ? '*' : ' '} CPU #${cpu}: thread_id=${thread}\n`)
        .join('');
    case 'hotpluggable-cpus':
      return `Hotpluggable CPUs:\n${machine.threads
        .map((_, index) => machine.threads.length - 1 - index)
        .map(
          (cpu) =>
            `  type: "qemu64-x86_64-cpu"\n  vcpus_count: "1"\n  qom_path: "/machine/unattached/device[${cpu}]"\n  CPUInstance Properties:\n    socket-id: "${cpu}"\n    core-id: "0"\n    thread-id: "0"\n`,
        )
        .join('')}`;
    case 'pic':
      return `ioapic0: ver=0x11 id=0x00 sel=0x24 (redir[10])\n${Array.from(
        { length: 24 },
        (_, pin) =>
          `  pin ${String(pin).padEnd(2)} 0x0000000000010000 dest=0 vec=0   active-hi edge  masked fixed  physical\n`,
      ).join('')}  IRR        (none)\n  Remote IRR (none)\n`;
    case 'mtree':
      return mtreeText(machine.bytes);
    case 'registers':
      return registersText(machine);
    default:
      if (Object.hasOwn(SHORT, name)) return SHORT[name] ?? '';
      return `unknown command: 'info ${topic.split(/\s+/)[0] ?? ''}'\n`;
  }
}

function mtreeText(bytes: bigint): string {
  const top = bytes < 0xc000_0000n ? bytes : 0xc000_0000n;
  const rows: [bigint, bigint, string][] = [
    [0n, 0xc2fffn, '(prio 0, ram): pc.ram KVM'],
    [0xc3000n, 0xe7fffn, '(prio 0, rom): pc.ram @00000000000c3000 KVM'],
    [0xe8000n, 0xeffffn, '(prio 0, ram): pc.ram @00000000000e8000 KVM'],
    [0xf0000n, 0xfffffn, '(prio 0, rom): pc.ram @00000000000f0000 KVM'],
    [0x100000n, top - 1n, '(prio 0, ram): pc.ram @0000000000100000 KVM'],
    [0xfebfc000n, 0xfebfcfffn, '(prio 0, i/o): virtio-pci-common-virtio-balloon'],
    [0xfebfd000n, 0xfebfdfffn, '(prio 0, i/o): virtio-pci-isr-virtio-balloon'],
    [0xfebfe000n, 0xfebfefffn, '(prio 0, i/o): virtio-pci-device-virtio-balloon'],
    [0xfebff000n, 0xfebfffffn, '(prio 0, i/o): virtio-pci-notify-virtio-balloon'],
    [0xfec00000n, 0xfec00fffn, '(prio 0, i/o): kvm-ioapic'],
    [0xfed00000n, 0xfed003ffn, '(prio 0, i/o): hpet'],
    [0xfee00000n, 0xfeefffffn, '(prio 4096, i/o): kvm-apic-msi'],
    [0xfffc0000n, 0xffffffffn, '(prio 0, rom): pc.bios KVM'],
  ];
  if (bytes > top) {
    rows.push([
      0x1_0000_0000n,
      0x1_0000_0000n + bytes - top - 1n,
      `(prio 0, ram): pc.ram @${hex16(top)} KVM`,
    ]);
  }
  return `FlatView #0\n AS "memory", root: system\n AS "cpu-memory-0", root: system\n AS "virtio-balloon-pci", root: bus master container\n Root memory region: system\n${rows
    .map(([from, to, what]) => `  ${hex16(from)}-${hex16(to)} ${what}\n`)
    .join(
      '',
    )}\nFlatView #1\n AS "i440FX", root: bus master container\n AS "PIIX3", root: bus master container\n AS "piix3-ide", root: bus master container\n AS "PIIX4_PM", root: bus master container\n Root memory region: (none)\n  No rendered FlatView\n\n`;
}

// x86_cpu_dump_state() of target/i386/cpu-dump.c: a processor that waits in its idle loop.
function registersText(machine: MonitoredMachine): string {
  const zero = '0000000000000000';
  const floats = [0, 2, 4, 6]
    .map((at) => `FPR${at}=${zero} 0000 FPR${at + 1}=${zero} 0000\n`)
    .join('');
  const vectors = Array.from({ length: 8 }, (_, at) => {
    const name = (number: number): string => `XMM${String(number).padStart(2, '0')}`;
    return `${name(at * 2)}=${zero} ${zero} ${name(at * 2 + 1)}=${zero} ${zero}\n`;
  }).join('');
  return `\nCPU#0
RAX=000000000001ad40 RBX=${zero} RCX=0000000000000838 RDX=4000000000000000
RSI=0000000000000083 RDI=00000000000006f4 RBP=${hex16(machine.rsp + 0x1ba8n)} RSP=${hex16(machine.rsp)}
R8 =00000000000d3538 R9 =${zero} R10=00000000fffffffb R11=${zero}
R12=${zero} R13=${zero} R14=${zero} R15=0000000000014790
RIP=${hex16(machine.rip)} RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
ES =0000 ${zero} 00000000 00000000
CS =0010 ${zero} ffffffff 00a09b00 DPL=0 CS64 [-RA]
SS =0018 ${zero} ffffffff 00c09300 DPL=0 DS   [-WA]
DS =0000 ${zero} 00000000 00000000
FS =0000 ${zero} 00000000 00000000
GS =0000 ffff88800f800000 00000000 00000000
LDT=0000 ${zero} 00000000 00008200 DPL=0 LDT
TR =0040 fffffe0000003000 00004087 00008b00 DPL=0 TSS64-busy
GDT=     fffffe0000001000 0000007f
IDT=     fffffe0000000000 00000fff
CR0=80050033 CR2=0000000000000000 CR3=${hex16(machine.root)} CR4=000006f0
DR0=${zero} DR1=${zero} DR2=${zero} DR3=${zero} 
DR6=00000000ffff0ff0 DR7=0000000000000400
EFER=0000000000000d01
FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80
${floats}${vectors}`;
}
