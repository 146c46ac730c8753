import type { Processor } from '../config.ts';

const BUGS: Record<Processor['vendor'], string> = {
  AuthenticAMD:
    'sysret_ss_attrs null_seg spectre_v1 spectre_v2 spec_store_bypass retbleed smt_rsb srso',
  GenuineIntel:
    'spectre_v1 spectre_v2 spec_store_bypass swapgs mmio_stale_data eibrs_pbrsb gds bhi',
};

/** /proc/cpuinfo in the form of Linux 6.1 (arch/x86/kernel/cpu/proc.c). */
export function cpuinfoText(processor: Processor): string {
  const intel = processor.vendor === 'GenuineIntel';
  let text = '';
  for (let cpu = 0; cpu < processor.count; cpu++) {
    const socket = Math.floor(cpu / processor.coresPerSocket);
    const core = cpu % processor.coresPerSocket;
    const rows: [string, string | number][] = [
      ['processor', cpu],
      ['vendor_id', processor.vendor],
      ['cpu family', processor.family],
      ['model', processor.modelNumber],
      ['model name', processor.model],
      ['stepping', processor.stepping],
      ['microcode', intel ? '0xd0003f5' : '0x1000065'],
      ['cpu MHz', processor.mhz.toFixed(3)],
      ['cache size', intel ? '49152 KB' : '512 KB'],
      ['physical id', socket],
      ['siblings', processor.coresPerSocket],
      ['core id', core],
      ['cpu cores', processor.coresPerSocket],
      ['apicid', cpu],
      ['initial apicid', cpu],
      ['fpu', 'yes'],
      ['fpu_exception', 'yes'],
      ['cpuid level', intel ? 27 : 13],
      ['wp', 'yes'],
      ['flags', processor.flags],
      ...(processor.vmxFlags === ''
        ? []
        : ([['vmx flags', processor.vmxFlags]] as [string, string][])),
      ['bugs', BUGS[processor.vendor]],
      ['bogomips', (processor.mhz * 2).toFixed(2)],
      ...(intel ? [] : ([['TLB size', '1024 4K pages']] as [string, string][])),
      ['clflush size', 64],
      ['cache_alignment', 64],
      ['address sizes', `${processor.physicalBits} bits physical, 48 bits virtual`],
    ];
    // Tabs up to the second stop, as the kernel writes them.
    for (const [name, value] of rows) {
      text += `${name}${name.length < 8 ? '\t\t' : '\t'}: ${value}\n`;
    }
    text += 'power management:\n\n';
  }
  return text;
}
