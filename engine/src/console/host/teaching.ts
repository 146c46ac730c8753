import type { HostConfig, Processor } from './config.ts';

/** The host on which a reader learns, and what is on it. */

export const XEON: Processor = {
  vendor: 'GenuineIntel',
  model: 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz',
  family: 6,
  modelNumber: 106,
  stepping: 6,
  count: 4,
  coresPerSocket: 4,
  mhz: 2000,
  physicalBits: 46,
  flags:
    'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ss ht syscall nx pdpe1gb rdtscp lm constant_tsc arch_perfmon rep_good nopl xtopology cpuid tsc_known_freq pni pclmulqdq vmx ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave avx f16c rdrand lahf_lm abm 3dnowprefetch cpuid_fault ibrs ibpb stibp tpr_shadow vnmi flexpriority ept vpid ept_ad fsgsbase tsc_adjust bmi1 avx2 smep bmi2 erms invpcid avx512f avx512dq rdseed adx smap clflushopt clwb avx512cd avx512bw avx512vl xsaveopt xsavec xgetbv1 xsaves wbnoinvd arat umip pku ospke la57 rdpid arch_capabilities',
  vmxFlags:
    'vnmi preemption_timer posted_intr invvpid ept_x_only ept_ad ept_1gb flexpriority apicv tsc_offset vtpr mtf vapic ept vpid unrestricted_guest vapic_reg vid shadow_vmcs pml',
};

/**
 * The guests that are defined there: their files as libvirt keeps them, and their disks' images.
 * They are as libvirtd finds them when it starts; nothing else knows them.
 */

interface Guest {
  name: string;
  uuid: string;
  /** `memory` and `currentMemory`, KiB. */
  most: number;
  now: number;
  vcpus: number;
  /** Of its disk, in bytes. */
  disk: number;
}

const GIB = 1024 ** 3;
const GUESTS: readonly Guest[] = [
  {
    name: 'alpine',
    uuid: 'b1f4c7de-5a0c-4d8b-8f7e-3c1d9a6e2b10',
    most: 512 * 1024,
    now: 512 * 1024,
    vcpus: 1,
    disk: 2 * GIB,
  },
  {
    name: 'debian12',
    uuid: '8d3c5d52-6b1f-4e0a-9a55-2f6a3c9e1d21',
    most: 2 * 1024 * 1024,
    now: 1024 * 1024,
    vcpus: 2,
    disk: 10 * GIB,
  },
];

const definition = ({ name, uuid, most, now, vcpus }: Guest): string => `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:
  virsh edit ${name}
or other application using the libvirt API.
-->

<domain type='kvm'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <memory unit='KiB'>${most}</memory>
  <currentMemory unit='KiB'>${now}</currentMemory>
  <vcpu placement='static'>${vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <kernel>/var/lib/libvirt/boot/vmlinuz</kernel>
    <initrd>/var/lib/libvirt/boot/initrd.img</initrd>
    <cmdline>console=ttyS0 quiet</cmdline>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
  </features>
  <cpu mode='host-passthrough' check='none' migratable='on'/>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/${name}.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </disk>
    <controller type='usb' index='0' model='piix3-uhci'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>
    </controller>
    <controller type='pci' index='0' model='pci-root'/>
    <serial type='pty'>
      <target type='isa-serial' port='0'>
        <model name='isa-serial'/>
      </target>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
    <audio id='1' type='none'/>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
    </memballoon>
  </devices>
</domain>
`;

const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  GUESTS.flatMap((guest) => [
    [`/etc/libvirt/qemu/${guest.name}.xml`, definition(guest)],
    [`/var/lib/libvirt/images/${guest.name}.qcow2`, `QFI qcow2 ${guest.disk}\n`],
  ]),
);

/** How a host of a lesson differs from the teaching host, in KiB. */
export interface HostSetup {
  /** MemTotal. */
  memory?: number;
  /** A swap file that is in use from the start. */
  swap?: number;
}

/** The teaching host with another amount of memory. */
export function teachingHost({ memory = TEACHING.memory, swap = 0 }: HostSetup = {}): HostConfig {
  return { ...TEACHING, memory, cells: [memory], swap };
}

export const TEACHING: HostConfig = {
  base: 'teaching',
  hostname: 'kvmhost',
  processor: XEON,
  memory: 8143380,
  cells: [8143380],
  missing: [],
  files: FILES,
  domains: [],
  guestHostname: '',
  swap: 0,
  seed: 1,
};
