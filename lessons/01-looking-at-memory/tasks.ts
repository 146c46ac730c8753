import { mibOf } from '../hosts/reading.ts';
import type { ConsoleTask, HostReading } from '../schema.ts';

/** Making the page cache large, and memory that nobody can drop: judged by /proc/meminfo alone. */

/** MiB that are asked for. A host that has just booted has a few tens of MiB in its cache. */
const CACHED = 500;
const SHARED = 200;

const isReadable = (host: HostReading): boolean => host.read('/proc/meminfo') !== null;

/** MiB of the page cache that hold files of a disk and differ from none of them. */
const cleanFiles = (host: HostReading): number =>
  mibOf(host, 'Cached') - mibOf(host, 'Shmem') - mibOf(host, 'Dirty');

export const CACHE: ConsoleTask = {
  passed: (host) => isReadable(host) && cleanFiles(host) >= CACHED,
  hint: (host) => {
    if (!isReadable(host)) return 'proc';
    if (mibOf(host, 'Shmem') >= CACHED) return 'tmpfs';
    if (mibOf(host, 'Dirty') > CACHED / 10) return 'dirty';
    return mibOf(host, 'AnonPages') >= CACHED ? 'anon' : 'file';
  },
  hints: {
    en: {
      file: 'The page cache holds what was read from files or written to them. No file here is large enough: make one with dd if=/dev/zero of=/var/tmp/large bs=1M count=600.',
      dirty:
        'It is in the cache, but Dirty says that much of it is not on the disk yet. There is a command that waits until it is.',
      tmpfs:
        '/dev/shm is no disk. Its files are in Cached too, but they count as Shmem, and no disk has them. Use a folder of the disk, such as /var/tmp.',
      anon: 'That is a program’s own memory: AnonPages. The page cache holds files.',
      proc: 'Nobody can read /proc/meminfo now. mount -t proc proc /proc brings it back.',
    },
    zh: {
      file: '页缓存里放的是读过或写过的文件内容。这里没有足够大的文件，先做一个：dd if=/dev/zero of=/var/tmp/large bs=1M count=600。',
      dirty: '内容已经在缓存里了，但 Dirty 说明还有不少没写到磁盘。有一个命令会等它们写完。',
      tmpfs:
        '/dev/shm 不是磁盘。那里的文件也算在 Cached 里，但属于 Shmem，磁盘上没有。请用磁盘上的目录，例如 /var/tmp。',
      anon: '这是程序自己的内存，算在 AnonPages 里。页缓存放的是文件。',
      proc: '现在没有人读得到 /proc/meminfo。用 mount -t proc proc /proc 把它挂回来。',
    },
  },
  solution: ['dd if=/dev/zero of=/var/tmp/large bs=1M count=600', 'sync'],
  nearMisses: [
    // Written, but not on the disk.
    ['dd if=/dev/zero of=/var/tmp/large bs=1M count=600'],
    // A disk read as a disk is Buffers, not Cached.
    ['dd if=/dev/vdb of=/dev/null bs=1M count=600'],
    ['dd if=/dev/zero of=/dev/shm/large bs=1M count=600', 'sync'],
    ['memhog -r100000 600m > /dev/null &', 3000],
  ],
};

/** What of the cache could still be dropped, MiB: neither mapped, nor in memory only. */
const droppable = (host: HostReading): number =>
  mibOf(host, 'Cached') + mibOf(host, 'Buffers') - mibOf(host, 'Shmem') - mibOf(host, 'Mapped');
/** As the host is left by drop_caches, to a few MiB. */
const DROPPED = 8;

export const SCRATCH: ConsoleTask = {
  passed: (host) =>
    isReadable(host) && mibOf(host, 'Shmem') >= SHARED && droppable(host) <= DROPPED,
  hint: (host) => {
    if (!isReadable(host)) return 'proc';
    if (mibOf(host, 'Shmem') < SHARED) return 'make';
    return mibOf(host, 'Dirty') > DROPPED ? 'dirty' : 'drop';
  },
  hints: {
    en: {
      make: 'A file is in memory only where its file system is a tmpfs: findmnt -t tmpfs lists them. dd can write one there.',
      drop: 'The file is there. Now drop what can be dropped: write a number to /proc/sys/vm/drop_caches, and look at Cached and Shmem.',
      dirty: 'Dirty pages cannot be dropped before they are on the disk. sync first.',
      proc: 'Nobody can read /proc/meminfo now. mount -t proc proc /proc brings it back.',
    },
    zh: {
      make: '只有放在 tmpfs 上的文件才只在内存里：findmnt -t tmpfs 会列出这些文件系统。用 dd 在那里写一个。',
      drop: '文件有了。现在把能丢的都丢掉：往 /proc/sys/vm/drop_caches 里写一个数，再看 Cached 和 Shmem。',
      dirty: '脏页写到磁盘之前丢不掉。先 sync。',
      proc: '现在没有人读得到 /proc/meminfo。用 mount -t proc proc /proc 把它挂回来。',
    },
  },
  solution: [
    'dd if=/dev/zero of=/dev/shm/scratch bs=1M count=250',
    'sync; echo 3 > /proc/sys/vm/drop_caches',
  ],
  nearMisses: [
    [
      'dd if=/dev/zero of=/var/tmp/scratch bs=1M count=250',
      'sync; echo 3 > /proc/sys/vm/drop_caches',
    ],
    [
      'dd if=/dev/zero of=/var/tmp/large bs=1M count=300',
      'dd if=/dev/zero of=/dev/shm/scratch bs=1M count=250',
      'sync',
    ],
    // Names and inodes only: the page cache stays.
    [
      'dd if=/dev/zero of=/var/tmp/large bs=1M count=300',
      'dd if=/dev/zero of=/dev/shm/scratch bs=1M count=250',
      'sync; echo 2 > /proc/sys/vm/drop_caches',
    ],
    [
      'dd if=/dev/zero of=/dev/shm/scratch bs=1M count=250',
      'rm /dev/shm/scratch',
      'sync; echo 3 > /proc/sys/vm/drop_caches',
    ],
  ],
};
