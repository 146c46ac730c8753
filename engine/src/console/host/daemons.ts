import type { KernelMemory } from '../../mm/memory.ts';
import type { Daemon } from './state.ts';

/** What runs on a Debian host by itself: programs with memory of their own, and threads of the kernel. */

interface Program {
  name: string;
  command: string;
  /** KiB that it writes to, and maps of files. */
  own: number;
  threads?: number;
  uid?: number;
}

const PROGRAMS: readonly Program[] = [
  { name: 'systemd', command: '/sbin/init', own: 3300 },
  { name: 'systemd-journal', command: '/lib/systemd/systemd-journald', own: 1200 },
  { name: 'systemd-udevd', command: '/lib/systemd/systemd-udevd', own: 1500 },
  {
    name: 'dbus-daemon',
    command: '/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile',
    own: 700,
    uid: 100,
  },
  { name: 'systemd-logind', command: '/lib/systemd/systemd-logind', own: 900 },
  { name: 'cron', command: '/usr/sbin/cron -f', own: 400 },
  { name: 'agetty', command: '/sbin/agetty -o -p -- \\u --noclear - linux', own: 200 },
  { name: 'virtlogd', command: '/usr/sbin/virtlogd', own: 1700 },
  { name: 'libvirtd', command: '/usr/sbin/libvirtd --timeout 120', own: 9400, threads: 21 },
  { name: 'sshd', command: 'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups', own: 900 },
];

const THREADS =
  'kthreadd rcu_gp rcu_par_gp slub_flushwq kworker/0:0-events mm_percpu_wq ksoftirqd/0 rcu_preempt migration/0 cpuhp/0 kdevtmpfs kauditd khungtaskd oom_reaper writeback kcompactd0 ksmd khugepaged kswapd0 kthrotld jbd2/vda1-8'.split(
    ' ',
  );

/** Numbers that the first programs of the console come after. */
export const FIRST_PID = 612;

/** Starts them all. `scale` is 1 on a host of ordinary size, less where memory is small. */
export function startDaemons(memory: KernelMemory, scale: number): Daemon[] {
  const daemons: Daemon[] = [];
  const add = (program: Program, pid: number, parent: number, startedAt: number): void => {
    const pages = Math.max(8, Math.round((program.own * scale) / 4));
    const handle = memory.newProcess(pages * 8);
    memory.touch(handle, 0, pages, { content: 0x5000 + pid });
    daemons.push({
      pid,
      parent,
      name: program.name,
      command: program.command,
      threads: program.threads ?? 1,
      uid: program.uid ?? 0,
      handle,
      startedAt,
    });
  };
  PROGRAMS.forEach((program, index) => {
    if (index === 0) {
      add(program, 1, 0, 0);
      THREADS.forEach((name, thread) => {
        daemons.push({
          pid: 2 + thread,
          parent: thread === 0 ? 0 : 2,
          name,
          command: '',
          threads: 1,
          uid: 0,
          handle: 0,
          startedAt: 0,
        });
      });
    } else add(program, 180 + index * 37, 1, 2500 + index * 120);
  });
  return daemons;
}
