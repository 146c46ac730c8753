import { Errno } from '../../os/errno.ts';
import { KSM_SETTINGS } from '../../../mm/fields.ts';
import type { KsmField } from '../../../mm/fields.ts';
import type { VirtualNode } from '../../fs/node.ts';
import { DISKS, MAPPER } from '../disk.ts';
import type { Host } from '../host.ts';
import { MODULES } from '../modules.ts';
import { nodeMeminfoText } from '../proc/meminfo.ts';
import { below } from '../proc/sysctl.ts';
import { file, folder, listing, wholeNumber } from '../tree.ts';

/** /sys: what can be set and seen of memory, modules, processors and disks. */

/** A choice among words, the one in force in brackets; EINVAL for any other. */
function choice<Word extends string>(
  words: readonly Word[],
  now: () => Word,
  choose: (word: Word) => void,
): VirtualNode {
  return file(
    () => `${words.map((word) => (word === now() ? `[${word}]` : word)).join(' ')}\n`,
    (text) => {
      const word = words.find((other) => other === text.trim());
      if (word === undefined) throw new Errno('EINVAL');
      choose(word);
    },
  );
}

const KHUGEPAGED: Record<string, string> = {
  alloc_sleep_millisecs: '60000',
  defrag: '1',
  full_scans: '0',
  max_ptes_none: '511',
  max_ptes_shared: '256',
  max_ptes_swap: '64',
  pages_collapsed: '0',
  pages_to_scan: '4096',
  scan_sleep_millisecs: '10000',
};

function thp(host: Host): Record<string, VirtualNode> {
  const { thp: state } = host.state;
  const at = 'kernel/mm/transparent_hugepage/';
  const nodes: Record<string, VirtualNode> = {
    enabled: choice(
      ['always', 'madvise', 'never'],
      () => state.enabled,
      (word) => host.setThp(word),
    ),
    defrag: choice(
      ['always', 'defer', 'defer+madvise', 'madvise', 'never'],
      () => state.defrag,
      (word) => {
        state.defrag = word;
      },
    ),
    hpage_pmd_size: file(() => '2097152\n'),
    shmem_enabled: choice(
      ['always', 'within_size', 'advise', 'never', 'deny', 'force'],
      () => state.shmem as 'never',
      (word) => {
        state.shmem = word;
      },
    ),
    use_zero_page: file(
      () => `${state.useZeroPage ? 1 : 0}\n`,
      (text) => {
        state.useZeroPage = wholeNumber(text, 0, 1) === 1;
      },
    ),
  };
  for (const [name, value] of Object.entries(KHUGEPAGED)) {
    const counted = name === 'full_scans' || name === 'pages_collapsed';
    nodes[`khugepaged/${name}`] = counted
      ? file(() => `${name === 'full_scans' ? 0 : host.memory.vmstat.thp_collapse_alloc}\n`)
      : file(
          () => `${state.khugepaged.get(name) ?? value}\n`,
          (text) => {
            state.khugepaged.set(name, String(wholeNumber(text, 0, 2 ** 32 - 1)));
          },
        );
  }
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [`${at}${name}`, node]));
}

function ksm(host: Host): Record<string, VirtualNode> {
  const at = 'kernel/mm/ksm/';
  const nodes: Record<string, VirtualNode> = {};
  const shown: KsmField[] = [
    'full_scans',
    'max_page_sharing',
    'pages_shared',
    'pages_sharing',
    'pages_to_scan',
    'pages_unshared',
    'pages_volatile',
    'run',
    'sleep_millisecs',
    'stable_node_chains',
    'stable_node_dups',
    'use_zero_pages',
  ];
  for (const field of shown) {
    const read = (): string => `${host.memory.ksm[field]}\n`;
    if (!KSM_SETTINGS.includes(field)) {
      nodes[`${at}${field}`] = file(read);
      continue;
    }
    nodes[`${at}${field}`] = file(read, (text) => {
      const [least, most] = {
        run: [0, 2],
        use_zero_pages: [0, 1],
        max_page_sharing: [2, 2 ** 31 - 1],
      }[field as string] ?? [0, 2 ** 32 - 1];
      const value = wholeNumber(text, least, most);
      // Only while nothing is merged (max_page_sharing_store()).
      const { max_page_sharing: now, pages_shared: shared } = host.memory.ksm;
      if (field === 'max_page_sharing' && value !== now && shared > 0) throw new Errno('EBUSY');
      host.memory.setKsm(field, value);
    });
  }
  nodes[`${at}merge_across_nodes`] = file(
    () => `${host.state.sysctl.get('ksm/merge_across_nodes') ?? 1}\n`,
    (text) => host.state.sysctl.set('ksm/merge_across_nodes', String(wholeNumber(text, 0, 1))),
  );
  nodes[`${at}stable_node_chains_prune_millisecs`] = file(
    () => '2000\n',
    (text) => void wholeNumber(text, 0, 2 ** 32 - 1),
  );
  return nodes;
}

const SIZES = [
  ['1048576', '1G'],
  ['2048', '2M'],
] as const;

function hugepages(host: Host): Record<string, VirtualNode> {
  const nodes: Record<string, VirtualNode> = {};
  const { memory } = host;
  for (const [kib, size] of SIZES) {
    const at = `kernel/mm/hugepages/hugepages-${kib}kB/`;
    const pool = () => memory.pool(size);
    // Surplus pages count here; in /proc/sys/vm they do not (nr_hugepages_show_common in mm/hugetlb.c).
    const total = (): string => `${pool().total}\n`;
    const resize = (text: string): void => host.resizePool(size, wholeNumber(text, 0, 2 ** 31));
    nodes[`${at}demote`] = file(null, () => undefined, 0o200);
    nodes[`${at}free_hugepages`] = file(() => `${pool().free}\n`);
    nodes[`${at}nr_hugepages`] = file(total, resize);
    nodes[`${at}nr_hugepages_mempolicy`] = file(total, resize);
    nodes[`${at}nr_overcommit_hugepages`] = file(
      () => `${pool().overcommit}\n`,
      (text) => memory.setPoolOvercommit(size, wholeNumber(text, 0, 2 ** 31)),
    );
    nodes[`${at}resv_hugepages`] = file(() => `${pool().reserved}\n`);
    nodes[`${at}surplus_hugepages`] = file(() => `${pool().surplus}\n`);
  }
  return nodes;
}

/** Lists of numbers as the kernel writes them: `0-3`, `0,2-3`. */
export function rangesOf(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length;) {
    const first = numbers[at] ?? 0;
    let end = at;
    while (numbers[end + 1] === (numbers[end] ?? 0) + 1) end++;
    const last = numbers[end] ?? first;
    parts.push(first === last ? String(first) : `${first}-${last}`);
    at = end + 1;
  }
  return parts.join(',');
}

function numaNodes(host: Host): Record<string, VirtualNode> {
  const nodes: Record<string, VirtualNode> = {};
  const cells = host.config.cells.map((_, cell) => cell);
  const list = `${rangesOf(cells)}\n`;
  for (const name of ['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory']) {
    nodes[`devices/system/node/${name}`] = file(() => list);
  }
  for (const cell of cells) {
    const at = `devices/system/node/node${cell}/`;
    const cpus = host.cpusOf(cell);
    nodes[`${at}cpulist`] = file(() => `${rangesOf(cpus)}\n`);
    nodes[`${at}cpumap`] = file(
      () => `${cpus.reduce((mask, cpu) => mask | (1 << cpu), 0).toString(16)}\n`,
    );
    nodes[`${at}distance`] = file(
      () => `${cells.map((other) => (other === cell ? 10 : 20)).join(' ')}\n`,
    );
    nodes[`${at}meminfo`] = file(() => nodeMeminfoText(host.memory, cell, host.moreMeminfo));
    nodes[`${at}numastat`] = file(() => {
      const share = Math.floor(host.memory.vmstat.pgalloc / cells.length);
      return `numa_hit ${share}\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node ${share}\nother_node 0\n`;
    });
    nodes[`${at}vmstat`] = file(() => {
      const here = host.memory.cells[cell];
      return `nr_free_pages ${here?.free ?? 0}\n`;
    });
    for (const [kib, size] of SIZES) {
      const pool = `${at}hugepages/hugepages-${kib}kB/`;
      const [all, free] =
        size === '2M' ? (['huge2M', 'free2M'] as const) : (['huge1G', 'free1G'] as const);
      nodes[`${pool}nr_hugepages`] = file(
        () => `${host.memory.cells[cell]?.[all] ?? 0}\n`,
        (text) => host.resizePoolOf(cell, size, wholeNumber(text, 0, 2 ** 31)),
      );
      nodes[`${pool}free_hugepages`] = file(() => `${host.memory.cells[cell]?.[free] ?? 0}\n`);
      nodes[`${pool}surplus_hugepages`] = file(() => '0\n');
    }
  }
  return nodes;
}

const VULNERABILITIES: Record<string, readonly [amd: string, intel: string]> = {
  gather_data_sampling: ['Not affected', 'Mitigation; Microcode'],
  indirect_target_selection: ['Not affected', 'Not affected'],
  itlb_multihit: ['Not affected', 'Not affected'],
  l1tf: ['Not affected', 'Not affected'],
  mds: ['Not affected', 'Not affected'],
  meltdown: ['Not affected', 'Not affected'],
  mmio_stale_data: ['Not affected', 'Mitigation; Clear CPU buffers; SMT disabled'],
  reg_file_data_sampling: ['Not affected', 'Not affected'],
  retbleed: ['Vulnerable', 'Not affected'],
  spec_rstack_overflow: ['Vulnerable, no microcode', 'Not affected'],
  spec_store_bypass: ['Vulnerable', 'Mitigation; Speculative Store Bypass disabled via prctl'],
  spectre_v1: [
    'Vulnerable: __user pointer sanitization and usercopy barriers only; no swapgs barriers',
    'Mitigation; usercopy/swapgs barriers and __user pointer sanitization',
  ],
  spectre_v2: [
    'Vulnerable; STIBP: disabled; PBRSB-eIBRS: Not affected; BHI: Not affected',
    'Mitigation; Enhanced / Automatic IBRS; IBPB conditional; RSB filling',
  ],
  srbds: ['Not affected', 'Not affected'],
  tsa: ['Not affected', 'Not affected'],
  tsx_async_abort: ['Not affected', 'Not affected'],
  vmscape: ['Not affected', 'Mitigation; IBPB before exit to userspace'],
};

function processors(host: Host): Record<string, VirtualNode> {
  const nodes: Record<string, VirtualNode> = {};
  const { processor } = host.config;
  const intel = processor.vendor === 'GenuineIntel';
  const all = Array.from({ length: processor.count }, (_, cpu) => cpu);
  const at = 'devices/system/cpu/';
  for (const name of ['online', 'possible', 'present']) {
    nodes[`${at}${name}`] = file(() => `${rangesOf(all)}\n`);
  }
  nodes[`${at}kernel_max`] = file(() => '8191\n');
  for (const [name, [amd, other]] of Object.entries(VULNERABILITIES)) {
    nodes[`${at}vulnerabilities/${name}`] = file(() => `${intel ? other : amd}\n`);
  }
  // L1d, L1i, L2 of each core; L3 of a socket. The emulated AMD numbers each processor's L3 by itself.
  const caches = intel
    ? [
        [1, 'Data', '48K', 1],
        [1, 'Instruction', '32K', 1],
        [2, 'Unified', '1280K', 1],
        [3, 'Unified', '49152K', processor.coresPerSocket],
      ]
    : [
        [1, 'Data', '32K', 1],
        [1, 'Instruction', '64K', 1],
        [2, 'Unified', '512K', 1],
        [3, 'Unified', '8192K', 1],
      ];
  for (const cpu of all) {
    const here = `${at}cpu${cpu}/`;
    const socket = Math.floor(cpu / processor.coresPerSocket);
    const siblings = all.filter((other) => Math.floor(other / processor.coresPerSocket) === socket);
    const map = (list: readonly number[]): string =>
      `${list.reduce((mask, other) => mask | (1 << other), 0).toString(16)}\n`;
    const topology: Record<string, string> = {
      core_cpus: map([cpu]),
      core_cpus_list: `${cpu}\n`,
      core_id: `${cpu % processor.coresPerSocket}\n`,
      core_siblings: map(siblings),
      core_siblings_list: `${rangesOf(siblings)}\n`,
      die_id: '0\n',
      package_cpus: map(siblings),
      package_cpus_list: `${rangesOf(siblings)}\n`,
      physical_package_id: `${socket}\n`,
      thread_siblings: map([cpu]),
      thread_siblings_list: `${cpu}\n`,
    };
    for (const [name, text] of Object.entries(topology)) {
      nodes[`${here}topology/${name}`] = file(() => text);
    }
    caches.forEach(([level, type, size, shared], index) => {
      const sharing = Number(level) >= 3 ? siblings : [cpu];
      const fields: Record<string, string> = {
        id: `${Math.floor(cpu / Number(shared))}`,
        level: String(level),
        type: String(type),
        size: String(size),
        coherency_line_size: '64',
        shared_cpu_list: rangesOf(sharing),
        shared_cpu_map: map(sharing).trim(),
      };
      for (const [name, text] of Object.entries(fields)) {
        nodes[`${here}cache/index${index}/${name}`] = file(() => `${text}\n`);
      }
    });
    if (cpu > 0)
      nodes[`${here}online`] = file(
        () => '1\n',
        () => undefined,
      );
  }
  return nodes;
}

function disks(): Record<string, VirtualNode> {
  const nodes: Record<string, VirtualNode> = {};
  for (const [numbers, { name, bytes }] of Object.entries(DISKS)) {
    const isPart = name === 'vda1';
    const at = isPart ? 'block/vda/vda1/' : `block/${name}/`;
    nodes[`${at}dev`] = file(() => `${numbers}\n`);
    nodes[`${at}size`] = file(() => `${bytes / 512}\n`);
    nodes[`${at}ro`] = file(() => '0\n');
    if (isPart) {
      nodes[`${at}partition`] = file(() => '1\n');
      nodes[`${at}start`] = file(() => '2048\n');
      continue;
    }
    nodes[`${at}removable`] = file(() => '0\n');
    nodes[`${at}queue/rotational`] = file(() => '1\n');
    nodes[`class/block/${name}`] = { type: 'link', target: `../../block/${name}` };
  }
  nodes['class/block/vda1'] = { type: 'link', target: '../../block/vda/vda1' };
  return nodes;
}

/** Disks, and what is mapped on them. */
function withMapped(host: Host, disks: VirtualNode): VirtualNode {
  if (disks.type !== 'directory') return disks;
  const names = (): Map<string, string> =>
    new Map([...host.state.mapped].map(([name, { minor }]) => [`dm-${minor}`, name]));
  return {
    ...disks,
    list: () => [...disks.list(), ...names().keys()],
    get: (node) => {
      const name = names().get(node) ?? '';
      const device = host.state.mapped.get(name);
      if (device === undefined) return disks.get(node);
      return below(
        {
          dev: file(() => `${MAPPER}:${device.minor}\n`),
          size: file(() => `${device.bytes / 512}\n`),
          ro: file(() => '0\n'),
          'dm/name': file(() => `${name}\n`),
          [`slaves/${device.on}`]: { type: 'link', target: `../../${device.on}` },
        },
        '',
      );
    },
  };
}

function modules(host: Host): VirtualNode {
  return listing(
    () => [...host.state.modules.keys()].sort(),
    (name) => {
      const parameters = host.state.modules.get(name) ?? new Map<string, string>();
      const entries: Record<string, VirtualNode> = {
        coresize: file(() => `${MODULES[name]?.size ?? 0}\n`),
        initstate: file(() => 'live\n'),
        refcnt: file(() => `${host.moduleUsers(name).count}\n`),
      };
      if (parameters.size > 0) {
        // Nobody may change them while the module is there (0444).
        entries['parameters'] = folder(
          Object.fromEntries(
            [...parameters].map(([key, value]) => [key, file(() => `${value}\n`)]),
          ),
        );
      }
      return folder(entries);
    },
  );
}

export function sysTree(host: Host): VirtualNode {
  const nodes: Record<string, VirtualNode> = {
    ...thp(host),
    ...ksm(host),
    ...hugepages(host),
    ...numaNodes(host),
    ...processors(host),
    ...disks(),
    'kernel/mm/swap/vma_ra_enabled': file(
      () => 'true\n',
      () => undefined,
    ),
    'kernel/mm/numa/demotion_enabled': file(
      () => 'false\n',
      () => undefined,
    ),
    'kernel/uevent_seqnum': file(() => '1520\n'),
    'devices/virtual/dmi/id/product_name': file(() => 'Standard PC (Q35 + ICH9, 2009)\n'),
    'devices/virtual/dmi/id/sys_vendor': file(() => 'QEMU\n'),
    'devices/virtual/dmi/id/bios_vendor': file(() => 'QEMU\n'),
    'hypervisor/properties/features': file(() => '\n'),
    'kernel/debug': folder({}),
    'fs/cgroup': folder({}),
    module: modules(host),
  };
  const tree = below(nodes, '');
  if (tree.type !== 'directory') return tree;
  return {
    ...tree,
    get: (name) => {
      const node = tree.get(name);
      return name === 'block' && node !== null ? withMapped(host, node) : node;
    },
  };
}
