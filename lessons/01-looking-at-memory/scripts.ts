import type { HostAct } from '../schema.ts';

/** What is typed at the host of this lesson's figure. */

const mark = (name: string): HostAct => ({ mark: name });

/** A host of 2 GiB, KiB as in MemTotal, with a swap file of 1 GiB. */
export const HOST = { memory: 2_013_900, swap: 1_048_576 };

/** From the server that looks full to what of its memory can be had, and what cannot. */
export const SERVER: readonly HostAct[] = [
  'dd if=/dev/zero of=/var/tmp/image bs=1M count=1550 status=none; free -m',
  mark('low'),
  'head -n 3 /proc/meminfo',
  mark('source'),
  'memhog -r100000 600m > /dev/null & sleep 2; free -m',
  mark('grown'),
  'kill %1',
  mark('ended'),
  'sync; echo 1 > /proc/sys/vm/drop_caches',
  mark('dropped'),
  'cat /var/tmp/image > /dev/null',
  mark('read'),
  'cat /var/tmp/image > /dev/null',
  mark('again'),
  'dd if=/dev/zero of=/var/tmp/new bs=1M count=150',
  mark('dirty'),
  'echo 1 > /proc/sys/vm/drop_caches',
  mark('undropped'),
  'sync',
  mark('synced'),
  'echo 1 > /proc/sys/vm/drop_caches',
  mark('clean'),
  'echo 2 > /proc/sys/vm/drop_caches',
  mark('names'),
  'dd if=/dev/zero of=/dev/shm/scratch bs=1M count=300 status=none; free -m',
  mark('tmpfs'),
  'sync; echo 3 > /proc/sys/vm/drop_caches',
  mark('tmpfs-kept'),
  'rm /dev/shm/scratch',
  mark('tmpfs-removed'),
];

/** Where the numbers have their edges: the boot log, a page, a disk and its file system. */
export const EDGES: readonly HostAct[] = [
  'dmesg | grep Memory:',
  mark('installed'),
  'getconf PAGESIZE',
  mark('page'),
  'dd if=/dev/vdb of=/dev/null bs=1M count=200',
  mark('raw'),
  'mkfs.ext4 /dev/vdb',
  mark('formatted'),
  'vmstat 1 3',
  mark('vmstat'),
];

/** Too little memory, on purpose. */
export const SHORT: readonly HostAct[] = [
  'free -m',
  mark('calm'),
  'memhog -r100000 1500m > /dev/null & sleep 3; free -m',
  mark('tight'),
  'memhog -r100000 700m > /dev/null & sleep 2; free -m',
  mark('swapping'),
  'memhog 1500m > /dev/null; dmesg | tail -n 1',
  mark('killed'),
];

/** A file system in memory that is filled. */
export const FULL: readonly HostAct[] = [
  'mount -t tmpfs -o size=1500m tmpfs /mnt',
  'dd if=/dev/zero of=/mnt/fill bs=1M count=2000',
  mark('full'),
  'echo 3 > /proc/sys/vm/drop_caches',
  mark('full-dropped'),
];

/** What free(1) looks at. */
export const FORGED: readonly HostAct[] = [
  'free -m',
  mark('honest'),
  "sed 's/^MemFree:.*/MemFree: 4343 kB/' /proc/meminfo > /tmp/meminfo",
  'mount --bind /tmp/meminfo /proc/meminfo',
  'free -m',
  mark('forged'),
  'umount /proc/meminfo; umount -l /proc',
  'free -m',
  mark('blind'),
];

/** The same numbers in other clothes. */
export const UNITS: readonly HostAct[] = [
  'free -k',
  mark('k'),
  'free -g',
  mark('g'),
  'free -h',
  mark('h'),
  'free -mw',
  mark('w'),
  'free -mt',
  mark('t'),
];
