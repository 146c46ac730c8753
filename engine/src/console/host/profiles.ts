import type { HostConfig, Processor } from './config.ts';
import { TEACHING, XEON } from './teaching.ts';

export const EPYC: Processor = {
  vendor: 'AuthenticAMD',
  model: 'AMD EPYC Processor',
  family: 23,
  modelNumber: 1,
  stepping: 2,
  count: 4,
  coresPerSocket: 2,
  mhz: 2596.101,
  physicalBits: 40,
  flags:
    'fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx mmxext pdpe1gb rdtscp lm rep_good nopl cpuid extd_apicid pni pclmulqdq monitor ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c rdrand hypervisor lahf_lm cmp_legacy svm cr8_legacy abm sse4a 3dnowprefetch ssbd vmmcall fsgsbase bmi1 avx2 smep bmi2 adx smap clflushopt xsaveopt xgetbv1 arat npt',
  vmxFlags: '',
};

const KVMHOST: HostConfig = {
  ...TEACHING,
  base: 'kvmhost',
  processor: EPYC,
  cells: [4061380, 4082000],
  files: {},
  guestHostname: 'web01',
  missing: ['virt-top'],
};

/** Hosts by name: the teaching host, and those on which sessions were recorded (hosts.json). */
export const PROFILES: Readonly<Record<string, HostConfig>> = {
  teaching: TEACHING,
  kvmhost: KVMHOST,
  'host-2g': { ...KVMHOST, base: 'host-2g', memory: 2013900, cells: [994100, 1019800] },
  'intel-host': { ...KVMHOST, base: 'intel-host', processor: XEON },
};
