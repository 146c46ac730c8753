import type { Affect, Domain, TypedParameter } from '../../libvirt/api.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import type { Call } from '../call.ts';
import { fixed, LLONG, whole } from '../numbers.ts';
import { parseRanges, ranges, shownValue } from '../text.ts';

const hostCpus = (call: Call): number => call.connection.nodeGetCPUMap().present;

function affinity(call: Call, cpus: readonly boolean[], total: number): void {
  const bits = Array.from({ length: total }, (_, cpu) => cpus[cpu] === true);
  const plain = bits.map((on) => (on ? 'y' : '-')).join('');
  const text = call.has('pretty') ? `${ranges(bits)} (out of ${total})` : plain;
  call.field('CPU Affinity:', text);
}

/** virshParseCPUList(): `r` stands for all processors. */
function cpuList(call: Call, text: string, total: number): boolean[] {
  if (text.startsWith('r')) return Array.from({ length: total }, () => true);
  const bits = parseRanges(text, 1024);
  if (bits === null) {
    return call.attempt(`Invalid cpulist '${text}'`, () => {
      throw new LibvirtError('INVALID_ARG', `Failed to parse bitmap '${text}'`);
    });
  }
  if (!bits.includes(true)) return call.fail(`Invalid cpulist '${text}'`);
  const last = bits.lastIndexOf(true);
  if (last >= total) {
    call.fail(`CPU ${last} in cpulist '${text}' exceed the maxcpu ${total}`);
  }
  return bits;
}

/** How many virtual CPUs there are in one sense; null where the domain has no such state. */
function counted(domain: Domain, flags: Affect & { maximum?: boolean }): number | null {
  if (flags.live === true && !domain.isActive()) return null;
  if (flags.config === true && !domain.isPersistent()) return null;
  return domain.getVcpusFlags(flags);
}

function showPins(call: Call, domain: Domain, vcpu: number | null, affect: Affect): void {
  const count = counted(domain, { ...affect, maximum: true });
  if (count === null) {
    const kind = affect.live === true ? 'offline' : 'transient';
    return call.fail(`cannot get vcpupin for ${kind} domain`);
  }
  if (vcpu !== null && vcpu >= count) {
    const isLive = affect.live === true || (affect.config !== true && domain.isActive());
    call.fail(
      `vcpu ${vcpu} is out of range of ${isLive ? 'live' : 'persistent'} cpu count ${count}`,
    );
  }
  const rows = domain
    .getVcpuPinInfo(affect)
    .map((cpus, number) => [String(number), ranges(cpus)])
    .filter((_, number) => vcpu === null || vcpu === number);
  call.table(['VCPU', 'CPU Affinity'], rows);
}

/** Times of processors have nine decimals. */
function statField(call: Call, [name, value]: readonly [string, number | string | boolean]): void {
  const text =
    typeof value === 'number' && /^(v?cpu|user|system)_time$/.test(name)
      ? `${String(Math.floor(value / 1e9)).padStart(9)}.${String(value % 1e9).padStart(9, '0')} seconds`
      : shownValue(value);
  call.print(`\t${name.padEnd(12)} ${text}\n`);
}

/** A change of an I/O thread by its number; what may be set of one has no bearing here. */
const ioThread =
  (how: 'add' | 'delete' | 'set') =>
  (call: Call): void => {
    const affect = call.affect();
    const domain = call.domain();
    const id = call.int('id') ?? 0;
    if (id <= 0) call.fail(`Invalid IOThread id value: '${id}'`);
    if (how === 'set') {
      const given = [
        call.unsignedLong('poll-max-ns'),
        ...['poll-grow', 'poll-shrink'].map((name) => call.unsigned(name)),
        ...['thread-pool-min', 'thread-pool-max'].map((name) => call.int(name)),
      ];
      if (given.every((value) => value === null)) {
        call.fail('Not enough arguments passed, nothing to set');
      }
    }
    domain.changeIOThread(id, how, affect);
  };

/** Commands about processors of a domain (virsh-domain.c). */
export const VCPU = {
  vcpucount(call: Call) {
    const { live, config } = { live: call.has('live'), config: call.has('config') };
    // `--current` alone once meant the opposite of --maximum.
    const current = call.has('current') && (call.has('maximum') || call.has('active'));
    const options = ['maximum', 'active', 'config', 'live', 'current', 'guest'];
    const isAll = !options.some((name) => call.has(name));
    call.exclusive(['live', 'config']);
    if (current) call.exclusive(['current', 'live'], ['current', 'config']);
    call.exclusive(['active', 'maximum'], ['guest', 'config']);
    const domain = call.domain();
    if (!isAll) {
      const flags = { live, config, ...call.flags('maximum', 'guest') };
      call.print(`${domain.getVcpusFlags(flags)}\n`);
      return;
    }
    for (const maximum of [true, false]) {
      for (const config of [true, false]) {
        const count = counted(domain, { maximum, config, live: !config });
        if (count === null || count <= 0) continue;
        const what = (maximum ? 'maximum' : 'current').padEnd(12);
        const where = (config ? 'config' : 'live').padEnd(12);
        call.print(`${what} ${where} ${String(count).padStart(3)}\n`);
      }
    }
  },
  vcpuinfo(call: Call) {
    const domain = call.domain();
    const total = hostCpus(call);
    const { state } = domain.getInfo();
    let blank = false;
    const begin = (number: number): void => {
      if (blank) call.print('\n');
      blank = true;
      call.field('VCPU:', number);
    };
    let vcpus;
    try {
      vcpus = domain.getVcpus();
    } catch (problem) {
      if (!(problem instanceof LibvirtError) || state !== 'shut off') throw problem;
      const pins = domain.getVcpuPinInfo({ config: true });
      const count = domain.getVcpusFlags({ config: true });
      for (const [number, cpus] of pins.slice(0, count).entries()) {
        begin(number);
        call.field('CPU:', 'N/A');
        call.field('State:', 'N/A');
        call.field('CPU time', 'N/A');
        affinity(call, cpus, total);
      }
      return;
    }
    for (const vcpu of vcpus) {
      begin(vcpu.number);
      call.field('CPU:', vcpu.cpu);
      call.field('State:', vcpu.state);
      if (vcpu.cpuTime !== 0) call.field('CPU time:', `${fixed(vcpu.cpuTime / 1e9, 1)}s`);
      affinity(call, vcpu.affinity, total);
    }
  },
  setvcpus(call: Call) {
    const affect = call.affect();
    call.exclusive(['guest', 'config']);
    call.requires('maximum', 'config');
    const domain = call.domain();
    const count = call.unsigned('count') ?? 0;
    if (count === 0) call.fail("Can't set 0 processors for a VM");
    const flags = { ...affect, ...call.flags('maximum', 'guest', 'hotpluggable') };
    // virDomainSetVcpus() is about the domain that runs.
    if (!call.has('current') && !Object.values(flags).includes(true)) {
      Object.assign(flags, PLAIN);
    }
    domain.setVcpusFlags(count, flags);
  },
  vcpupin(call: Call) {
    const affect = call.affect();
    const list = call.text('cpulist');
    if (list === null) call.exclusive(['live', 'config']);
    const vcpu = call.unsigned('vcpu');
    if (list !== null && vcpu === null) call.fail('vcpupin: Missing vCPU number in pin mode.');
    const total = hostCpus(call);
    const domain = call.domain();
    if (list === null) showPins(call, domain, vcpu, affect);
    else domain.pinVcpuFlags(vcpu ?? 0, cpuList(call, list, total), pinning(call, affect));
  },
  emulatorpin(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const list = call.text('cpulist');
    const total = hostCpus(call);
    if (list !== null) {
      domain.pinEmulator(cpuList(call, list, total), pinning(call, affect));
      return;
    }
    const cpus = domain.getEmulatorPinInfo(affect);
    call.extra(`emulator: CPU Affinity\n${'-'.repeat(34)}\n       *: `);
    call.print(`${ranges(cpus)}\n`);
  },
  schedinfo(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const query = affect.live === true && affect.config === true ? {} : affect;
    // The kind of scheduler is asked for by itself, and shown whatever follows.
    const { type } = domain.getSchedulerParameters({});
    call.print(`${'Scheduler'.padEnd(15)}: ${type}\n`);
    const { parameters } = domain.getSchedulerParameters(query);
    const texts = call.words().map((word) => {
      const [all, name, value] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
      if (all === undefined) return call.fail('Invalid syntax for --set, expecting name=value');
      return [name ?? '', value ?? ''] as const;
    });
    for (const name of ['cap', 'weight']) {
      const value = call.text(name);
      if (value !== null) texts.push([name, value]);
    }
    const changes = texts.map(([name, text]): TypedParameter => {
      if (!parameters.some(([known]) => known === name)) {
        return call.fail(`invalid scheduler option: ${name}`);
      }
      const number = whole(text, LLONG);
      if (number !== null) return [name, Number(number)];
      const type = name.endsWith('quota') ? 'long long' : 'unsigned long long';
      throw new LibvirtError('INVALID_ARG', `Invalid value for field '${name}': expected ${type}`);
    });
    if (changes.length > 0) domain.setSchedulerParameters(changes, affect);
    else if (affect.live === true && affect.config === true) {
      call.fail('cannot query both live and config at once');
    }
    for (const [name, value] of domain.getSchedulerParameters(query).parameters) {
      call.print(`${name.padEnd(15)}: ${shownValue(value)}\n`);
    }
  },
  iothreadadd: ioThread('add'),
  iothreaddel: ioThread('delete'),
  iothreadset: ioThread('set'),
  iothreadpin(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const id = call.unsigned('iothread') ?? 0;
    const list = call.required('cpulist');
    domain.pinIOThread(id, cpuList(call, list, hostCpus(call)), affect);
  },
  iothreadinfo(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const threads = call.attempt('Unable to get domain IOThreads information', () =>
      domain.getIOThreadInfo(affect),
    );
    if (threads.length === 0) call.extra('No IOThreads found for the domain');
    else {
      call.table(
        ['IOThread ID', 'CPU Affinity'],
        threads.map(({ id, cpus }) => [String(id), ranges(cpus)]),
      );
    }
  },
  'cpu-stats'(call: Call) {
    const domain = call.domain();
    const start = call.int('start');
    if (start !== null && start < 0) call.fail('Invalid value for start CPU');
    const count = call.int('count');
    if (count !== null && count < 0) call.fail('Invalid value for number of CPUs to show');
    const each = start !== null || count !== null;
    const { total, perCpu } = call.attempt(
      `Failed to retrieve CPU statistics for domain '${domain.name}'`,
      () => domain.getCPUStats(),
    );
    if (each || !call.has('total')) {
      const from = start ?? 0;
      const most = perCpu.length;
      if (from >= most) {
        call.fail(`Start CPU ${from} is out of range (min: 0, max: ${most - 1})`);
      }
      if (count !== null && count > most) {
        call.print(`Only ${most} CPUs available to show\n`);
      }
      const to = count === null || count > most ? most : from + count;
      for (const [offset, stats] of perCpu.slice(from, to).entries()) {
        call.print(`CPU${from + offset}:\n`);
        for (const stat of stats) statField(call, stat);
      }
    }
    if (each && !call.has('total')) return;
    call.print('Total:\n');
    for (const stat of total) statField(call, stat);
  },
};

/** Without a flag the running domain is meant (virDomainPinVcpu()). */
const PLAIN: Affect = { live: true, plain: true };
const pinning = (call: Call, affect: Affect): Affect =>
  call.has('current') || affect.live === true || affect.config === true ? affect : PLAIN;
