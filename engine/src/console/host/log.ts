import type { HostConfig } from './config.ts';
import type { LogLine } from './state.ts';

/** What the kernel logs while it boots, as far as memory and virtualization go; the forms are Linux 6.1's. */
export function bootLog(config: HostConfig, frames: number, available: number): LogLine[] {
  const lines: [ms: number, level: number, text: string][] = [];
  const say = (ms: number, text: string, level = 6): number => lines.push([ms, level, text]);
  const top = frames * 4096 + 0x8000_0000;
  const hex = (value: number): string => value.toString(16).padStart(16, '0');
  say(
    0,
    'Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2',
    5,
  );
  say(0, 'Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda1 ro console=ttyS0');
  say(0, 'BIOS-provided physical RAM map:');
  say(0, `BIOS-e820: [mem 0x${hex(0)}-0x${hex(0x9fbff)}] usable`);
  say(0, `BIOS-e820: [mem 0x${hex(0x9fc00)}-0x${hex(0x9ffff)}] reserved`);
  say(0, `BIOS-e820: [mem 0x${hex(0x100000)}-0x${hex(0x7ffdefff)}] usable`);
  if (top > 0x1_0000_0000)
    say(0, `BIOS-e820: [mem 0x${hex(0x1_0000_0000)}-0x${hex(top - 1)}] usable`);
  say(0, 'NX (Execute Disable) protection: active');
  say(0, 'Using GB pages for direct mapping');
  let start = 0;
  config.cells.forEach((_, cell) => {
    const size = Math.floor(frames / config.cells.length) * 4096;
    say(
      4,
      `NODE_DATA(${cell}) allocated [mem 0x${(start + size - 0x2b000).toString(16)}-0x${(start + size - 1).toString(16)}]`,
    );
    start += size;
  });
  say(5, 'Zone ranges:');
  say(5, `  DMA      [mem 0x${hex(0x1000)}-0x${hex(0xffffff)}]`);
  say(5, `  DMA32    [mem 0x${hex(0x1000000)}-0x${hex(0xffffffff)}]`);
  say(
    5,
    top > 0x1_0000_0000
      ? `  Normal   [mem 0x${hex(0x1_0000_0000)}-0x${hex(top - 1)}]`
      : '  Normal   empty',
  );
  say(12, `smpboot: Allowing ${config.processor.count} CPUs, 0 hotplug CPUs`);
  say(
    30,
    'Kernel command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda1 ro console=ttyS0',
    5,
  );
  say(
    60,
    `Memory: ${available}K/${frames * 4}K available (14342K kernel code, 2340K rwdata, 9080K rodata, 2812K init, 17384K bss, ${frames * 4 - available}K reserved, 0K cma-reserved)`,
  );
  say(90, 'Dentry cache hash table entries: 1048576 (order: 11, 8388608 bytes, linear)');
  say(
    180,
    `smpboot: CPU0: ${config.processor.model} (family: 0x${config.processor.family.toString(16)}, model: 0x${config.processor.modelNumber.toString(16)}, stepping: 0x${config.processor.stepping.toString(16)})`,
  );
  say(240, 'HugeTLB: registered 1.00 GiB page size, pre-allocated 0 pages');
  say(240, 'HugeTLB: 16380 KiB vmemmap can be freed for a 1.00 GiB page');
  say(240, 'HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages');
  say(240, 'HugeTLB: 28 KiB vmemmap can be freed for a 2.00 MiB page');
  say(1510, 'Freeing unused kernel image (initmem) memory: 2812K');
  say(1600, 'systemd[1]: Detected virtualization kvm.');
  say(2900, 'EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.');
  return lines.map(([ms, level, text]) => ({ at: ms * 1000, level, text }));
}

/** What a KVM module says when it comes (vmx.c, svm.c). */
export function moduleLog(name: string, parameters: ReadonlyMap<string, string>): string[] {
  if (name === 'kvm_amd') {
    return [
      ...(parameters.get('nested') === '0' ? [] : ['kvm: Nested Virtualization enabled']),
      `SVM: kvm: Nested Paging ${parameters.get('npt') === 'N' ? 'disabled' : 'enabled'}`,
      'SVM: PMU virtualization is disabled',
    ];
  }
  return [];
}
