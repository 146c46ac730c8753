import type { VirtualNode } from '../../fs/node.ts';
import type { Host } from '../host.ts';
import { file, folder, wholeNumber } from '../tree.ts';

/**
 * /proc/sys: settings of the kernel. Those that concern memory act on the machine; the others are kept as
 * they are set. A number that is no number, or out of its range, is EINVAL (proc_dointvec_minmax()).
 */

interface Setting {
  value: string;
  least?: number;
  most?: number;
  readOnly?: boolean;
}

const number = (value: number, least = 0, most = 2 ** 31 - 1): Setting => ({
  value: String(value),
  least,
  most,
});

/** Settings that nothing else keeps, as Debian 12 has them after its start. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  'vm/admin_reserve_kbytes': number(8192),
  'vm/compact_unevictable_allowed': number(1, 0, 1),
  'vm/compaction_proactiveness': number(20, 0, 100),
  'vm/dirty_background_bytes': number(0),
  'vm/dirty_background_ratio': number(10, 0, 100),
  'vm/dirty_bytes': number(0),
  'vm/dirty_expire_centisecs': number(3000),
  'vm/dirty_ratio': number(20, 0, 100),
  'vm/dirty_writeback_centisecs': number(500),
  'vm/dirtytime_expire_seconds': number(43200),
  'vm/extfrag_threshold': number(500, 0, 1000),
  'vm/laptop_mode': number(0),
  'vm/legacy_va_layout': number(0),
  'vm/max_map_count': number(65530),
  'vm/memory_failure_early_kill': number(0, 0, 1),
  'vm/memory_failure_recovery': number(1, 0, 1),
  'vm/min_free_kbytes': number(90112),
  'vm/min_slab_ratio': number(5, 0, 100),
  'vm/min_unmapped_ratio': number(1, 0, 100),
  'vm/mmap_min_addr': number(65536),
  'vm/nr_hugepages_mempolicy': number(0),
  'vm/numa_stat': number(1, 0, 1),
  'vm/oom_dump_tasks': number(1, 0, 1),
  'vm/oom_kill_allocating_task': number(0, 0, 1),
  'vm/overcommit_kbytes': number(0),
  'vm/overcommit_memory': number(0, 0, 2),
  'vm/overcommit_ratio': number(50),
  'vm/page-cluster': number(3),
  'vm/panic_on_oom': number(0, 0, 2),
  'vm/percpu_pagelist_high_fraction': number(0),
  'vm/stat_interval': number(1),
  'vm/user_reserve_kbytes': number(131072),
  'vm/vfs_cache_pressure': number(100),
  'vm/watermark_boost_factor': number(15000),
  'vm/watermark_scale_factor': number(10, 1, 3000),
  'vm/zone_reclaim_mode': number(0),
  'vm/hugetlb_shm_group': number(0),
  'kernel/numa_balancing': number(1, 0, 2),
  'kernel/panic': number(0, -(2 ** 31)),
  'kernel/pid_max': number(4194304, 301, 4194304),
  'kernel/printk': { value: '4\t4\t1\t7' },
  'kernel/randomize_va_space': number(2, 0, 2),
  'kernel/sched_autogroup_enabled': number(1, 0, 1),
  'kernel/shmall': { value: '18446744073692774399' },
  'kernel/shmmax': { value: '18446744073692774399' },
  'kernel/shmmni': number(4096),
  'kernel/sysrq': number(438),
  'kernel/threads-max': number(63486),
  'fs/aio-max-nr': number(65536),
  'fs/file-max': { value: '9223372036854775807' },
  'fs/protected_fifos': number(1, 0, 2),
  'fs/protected_hardlinks': number(1, 0, 1),
  'fs/protected_regular': number(2, 0, 2),
  'fs/protected_symlinks': number(1, 0, 1),
  'net/ipv4/ip_forward': number(0),
};

function kept(host: Host, path: string, setting: Setting): VirtualNode {
  const read = (): string => `${host.state.sysctl.get(path) ?? setting.value}\n`;
  const write = (text: string): void => {
    if (setting.least === undefined) host.state.sysctl.set(path, text.trim());
    else host.state.sysctl.set(path, String(wholeNumber(text, setting.least, setting.most)));
  };
  return file(read, write);
}

/** Those that act. */
function acting(host: Host): Record<string, VirtualNode> {
  const memory = host.memory;
  const read = (value: () => number | string) => (): string => `${value()}\n`;
  return {
    'vm/swappiness': file(
      read(() => host.state.sysctl.get('vm/swappiness') ?? 60),
      (text) => {
        const value = wholeNumber(text, 0, 200);
        host.state.sysctl.set('vm/swappiness', String(value));
        memory.setSwappiness(value);
      },
    ),
    'vm/nr_hugepages': file(
      read(() => memory.pool('2M').total - memory.pool('2M').surplus),
      (text) => host.resizePool('2M', wholeNumber(text, 0, 2 ** 31)),
    ),
    'vm/nr_hugepages_mempolicy': file(
      read(() => memory.pool('2M').total - memory.pool('2M').surplus),
      (text) => host.resizePool('2M', wholeNumber(text, 0, 2 ** 31)),
    ),
    'vm/nr_overcommit_hugepages': file(
      read(() => memory.pool('2M').overcommit),
      (text) => memory.setPoolOvercommit('2M', wholeNumber(text, 0, 2 ** 31)),
    ),
    'vm/drop_caches': file(
      null,
      (text) => {
        const value = wholeNumber(text, 1, 4);
        if ((value & 1) !== 0) memory.dropCaches();
        if ((value & 2) !== 0) host.dropSlab();
        host.log(6, `bash (${host.scheduler.lastPid}): drop_caches: ${value}`);
      },
      0o200,
    ),
    'vm/compact_memory': file(null, (text) => void wholeNumber(text, 1, 1), 0o200),
    'vm/lowmem_reserve_ratio': file(
      () => '256\t256\t32\t0\t0\n',
      () => undefined,
    ),
    'vm/stat_refresh': file(
      () => '',
      () => undefined,
      0o600,
    ),
    'kernel/hostname': file(
      read(() => host.uname.nodename),
      (text) => {
        host.state.hostname = text.trim().slice(0, 64);
      },
    ),
    'kernel/osrelease': file(read(() => host.uname.release)),
    'kernel/ostype': file(read(() => host.uname.sysname)),
    'kernel/version': file(read(() => host.uname.version)),
    'kernel/random/boot_id': file(read(() => host.bootId)),
    'kernel/random/uuid': file(read(() => host.newUuid())),
  };
}

export function sysctlTree(host: Host): VirtualNode {
  const nodes: Record<string, VirtualNode> = {};
  for (const [path, setting] of Object.entries(SETTINGS)) nodes[path] = kept(host, path, setting);
  Object.assign(nodes, acting(host));
  return below(nodes, '');
}

/** The folder of all nodes whose paths begin so. */
export function below(nodes: Readonly<Record<string, VirtualNode>>, prefix: string): VirtualNode {
  const entries: Record<string, VirtualNode | (() => VirtualNode)> = {};
  for (const [path, node] of Object.entries(nodes)) {
    if (!path.startsWith(prefix)) continue;
    const rest = path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash < 0) entries[rest] = node;
    else {
      const name = rest.slice(0, slash);
      entries[name] ??= () => below(nodes, `${prefix}${name}/`);
    }
  }
  return folder(entries);
}
