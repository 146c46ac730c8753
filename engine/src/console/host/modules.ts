import { Errno } from '../os/errno.ts';
import type { Processor } from './config.ts';

/** Modules of the kernel, as far as a student of KVM meets them. */

/** A parameter: what it is without being set, and how a value is read (kernel/params.c). */
interface Parameter {
  type: 'bool' | 'int' | 'uint';
  value: string;
}

export interface Module {
  /** Bytes, as lsmod shows. */
  size: number;
  depends: readonly string[];
  parameters: Readonly<Record<string, Parameter>>;
  /** The processor that it needs; it will not be inserted on another. */
  vendor?: Processor['vendor'];
}

const bool = (value: 'Y' | 'N'): Parameter => ({ type: 'bool', value });
const int = (value: number): Parameter => ({ type: 'int', value: String(value) });
const uint = (value: number): Parameter => ({ type: 'uint', value: String(value) });

export const MODULES: Readonly<Record<string, Module>> = {
  irqbypass: { size: 16384, depends: [], parameters: {} },
  ccp: { size: 118784, depends: [], parameters: {} },
  kvm: {
    size: 1146880,
    depends: ['irqbypass'],
    parameters: {
      eager_page_split: bool('Y'),
      enable_vmware_backdoor: bool('N'),
      flush_on_reuse: bool('N'),
      force_emulation_prefix: int(0),
      halt_poll_ns: uint(200000),
      halt_poll_ns_grow: uint(2),
      halt_poll_ns_grow_start: uint(10000),
      halt_poll_ns_shrink: uint(0),
      ignore_msrs: bool('N'),
      kvmclock_periodic_sync: bool('Y'),
      lapic_timer_advance_ns: int(-1),
      min_timer_period_us: uint(200),
      mitigate_smt_rsb: bool('N'),
      mmio_caching: bool('Y'),
      nx_huge_pages: bool('N'),
      nx_huge_pages_recovery_period_ms: uint(0),
      nx_huge_pages_recovery_ratio: uint(60),
      pi_inject_timer: int(0),
      report_ignored_msrs: bool('Y'),
      tdp_mmu: bool('N'),
      tsc_tolerance_ppm: uint(250),
      vector_hashing: bool('Y'),
    },
  },
  kvm_intel: {
    size: 380928,
    depends: ['kvm'],
    vendor: 'GenuineIntel',
    parameters: {
      allow_smaller_maxphyaddr: bool('N'),
      dump_invalid_vmcs: bool('N'),
      emulate_invalid_guest_state: bool('Y'),
      enable_apicv: bool('Y'),
      enable_ipiv: bool('N'),
      enable_shadow_vmcs: bool('Y'),
      ept: bool('Y'),
      eptad: bool('Y'),
      error_on_inconsistent_vmcs_config: bool('Y'),
      fasteoi: bool('Y'),
      flexpriority: bool('Y'),
      nested: bool('Y'),
      nested_early_check: bool('N'),
      ple_gap: uint(128),
      ple_window: uint(4096),
      ple_window_grow: uint(2),
      ple_window_max: uint(4294967295),
      ple_window_shrink: uint(0),
      pml: bool('Y'),
      preemption_timer: bool('Y'),
      pt_mode: int(0),
      sgx: bool('N'),
      unrestricted_guest: bool('Y'),
      vmentry_l1d_flush: uint(0),
      vnmi: bool('Y'),
      vpid: bool('Y'),
    },
  },
  kvm_amd: {
    size: 163840,
    depends: ['kvm', 'ccp'],
    vendor: 'AuthenticAMD',
    parameters: {
      avic: bool('N'),
      dump_invalid_vmcb: bool('N'),
      force_avic: bool('N'),
      intercept_smi: bool('Y'),
      lbrv: int(0),
      nested: int(1),
      npt: bool('Y'),
      nrips: int(0),
      pause_filter_count: uint(0),
      pause_filter_count_grow: uint(2),
      pause_filter_count_max: uint(65535),
      pause_filter_count_shrink: uint(0),
      pause_filter_thresh: uint(0),
      sev: bool('N'),
      sev_es: bool('N'),
      tsc_scaling: int(0),
      vgif: int(0),
      vls: int(0),
    },
  },
  intel_rapl_common: { size: 32768, depends: [], parameters: {} },
  intel_rapl_msr: { size: 20480, depends: ['intel_rapl_common'], parameters: {} },
  virtio_balloon: { size: 28672, depends: [], parameters: {} },
  brd: { size: 16384, depends: [], parameters: { rd_nr: int(16), max_part: int(1) } },
  loop: { size: 32768, depends: [], parameters: { max_loop: int(8), max_part: int(0) } },
  zram: { size: 40960, depends: [], parameters: {} },
};

/** A boolean is judged by its first character, or two of `on` and `off` (kstrtobool()). */
function boolOf(value: string | null): 'Y' | 'N' {
  if (value === null) return 'Y';
  const first = value[0] ?? '';
  if ('yYtT1'.includes(first) && first !== '') return 'Y';
  if ('nNfF0'.includes(first) && first !== '') return 'N';
  if (first === 'o' || first === 'O') {
    const second = value[1] ?? '';
    if (second === 'n' || second === 'N') return 'Y';
    if (second === 'f' || second === 'F') return 'N';
  }
  throw new Errno('EINVAL');
}

function valueOf(type: Parameter['type'], value: string | null): string {
  if (type === 'bool') return boolOf(value);
  if (value === null || !/^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(value)) throw new Errno('EINVAL');
  const number = Number(value);
  const [least, most] = type === 'int' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  if (number < least || number > most) throw new Errno(type === 'uint' ? 'EINVAL' : 'ERANGE');
  return String(number);
}

/** What the kernel found while it read a module's parameters. */
export interface Inserted {
  parameters: Map<string, string>;
  /** Lines for the log. */
  notes: { level: number; text: string }[];
}

/**
 * Reads parameters as the kernel does: words `name=value`, separated by blanks; an unknown one is only a line
 * in the log, a bad value of a known one an error (parse_args()). `error` is then the code.
 */
export function readParameters(
  name: string,
  module: Module,
  text: string,
): Inserted & { error: Errno | null } {
  const parameters = new Map(
    Object.entries(module.parameters).map(([key, { value }]) => [key, value]),
  );
  const notes: Inserted['notes'] = [];
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    const key = (equals < 0 ? word : word.slice(0, equals)).replaceAll('-', '_');
    const value = equals < 0 ? null : word.slice(equals + 1);
    const parameter = Object.hasOwn(module.parameters, key) ? module.parameters[key] : undefined;
    if (parameter === undefined) {
      notes.push({ level: 4, text: `${name}: unknown parameter '${key}' ignored` });
      continue;
    }
    try {
      parameters.set(key, valueOf(parameter.type, value));
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      notes.push({ level: 3, text: `${name}: \`${value ?? ''}' invalid for parameter \`${key}'` });
      return { parameters, notes, error };
    }
  }
  return { parameters, notes, error: null };
}

/** What one switch turns off with it: hardware_setup() of vmx.c and svm.c. */
export function settle(name: string, parameters: Map<string, string>): void {
  if (name === 'kvm_intel' && parameters.get('ept') === 'N') {
    for (const other of ['eptad', 'unrestricted_guest', 'pml']) parameters.set(other, 'N');
  }
  if (name === 'kvm_intel' && parameters.get('eptad') === 'N') parameters.set('pml', 'N');
}
