import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { QuantityName } from './quantities.ts';

/** What is said of a number that somebody points at. */
const en = {
  card: {
    title: (field: string, domain: string) => `${field} of ${domain}`,
    sides: { guest: 'Guest', libvirt: 'libvirt', host: 'Host' },
    guests: 'All guests',
    none: 'no such line',
    off: 'not running',
    mib: (mib: string, kib: string) => `${mib} MiB (${kib} KiB)`,
  },
  why: {
    total:
      'The guests together may have been promised more than the host has: a promise takes no frame before it is used.',
    free: 'What is free in a guest is not free on the host: the host keeps a frame behind every page that the guest once wrote, and nobody tells it that the guest has no use for it any more.',
    usable:
      'Each kernel counts what it could free without swapping, from its own memory only; the host cannot see into the guests’ caches.',
    used: 'The host’s figure has the guests in it, each with all pages that it ever wrote; a guest counts only those that it uses now.',
    cache:
      'A page of a guest’s file cache is anonymous memory of a process for the host, which counts only files that it reads itself.',
    anonymous:
      'All of a guest’s memory is anonymous memory of its process on the host, whatever the guest keeps there; so the host’s figure is the larger one.',
    kernel: 'Each kernel has its own; the guests’ lie in memory that the host calls anonymous.',
    tables:
      'Guests’ own page tables lie in their memory. The host’s are those of its processes; KVM’s are counted apart, as SecPageTables.',
    kvmTables:
      'The tables of the second dimension (EPT or NPT) are the host’s alone; guests neither see nor pay for them.',
    swapTotal:
      'The host’s swap and a guest’s are two places, and neither kernel knows the other’s.',
    swapUsed:
      'What the host swapped out of a guest is still memory to that guest; what a guest swapped out lies in a file or disk of its own.',
    hugeUsed: 'The pools of huge pages are the host’s; a guest sees ordinary memory.',
    hugeFree: 'Huge pages of the pool that nobody uses; no other memory can be made of them.',
    hugeReserved: 'Huge pages that are promised to somebody who has not touched them yet.',
    max: 'The definition promises; the guest’s kernel keeps a part of that for itself from the start; the host gives a frame only when a page is touched.',
    actual:
      'libvirt counts what the balloon leaves to the guest. The guest’s MemTotal lacks what its kernel kept at boot, and the host counts the frames that are really there.',
    guestTotal:
      'The guest’s total falls as the balloon grows. The host counts frames: those touched, and what QEMU has for itself.',
    guestFree:
      'libvirt hands on what the guest’s balloon driver last said. The host has no such line: to it, free pages of a guest look like any others.',
    guestUsable:
      'Only the guest’s kernel can tell what it could do without; libvirt repeats it, the host does not know it.',
    guestCache:
      'libvirt repeats what the guest says. For the host these are anonymous pages of QEMU, which it can only swap.',
    rss: 'The host counts frames behind the process of QEMU, with QEMU’s own; pages that the guest wrote once and then freed stay in it, until a balloon takes them.',
    guestSwap:
      'VmSwap is what the host swapped out of QEMU, and the guest cannot see it; the guest’s own swap is another thing, and libvirt tells of neither.',
    swapIn:
      'Both are the guest’s own swapping; what the host swaps of this guest is in no field of libvirt’s.',
    swapOut:
      'Both are the guest’s own swapping; what the host swaps of this guest is in no field of libvirt’s.',
    majorFaults:
      'Faults for which the guest waited for its disk. Faults of the host behind the guest’s back are counted for QEMU’s process.',
    minorFaults:
      'Faults that the guest’s kernel served from memory. Each may hide another one, of the second dimension, that only the host sees.',
  } satisfies Record<QuantityName, string>,
};

type CardMessages = typeof en;

const zh: CardMessages = {
  card: {
    title: (field, domain) => `${domain} 的 ${field}`,
    sides: { guest: '客户机', libvirt: 'libvirt', host: '宿主机' },
    guests: '所有客户机',
    none: '没有对应的行',
    off: '没有在运行',
    mib: (mib, kib) => `${mib} MiB（${kib} KiB）`,
  },
  why: {
    total: '许诺给客户机的总量可以超过宿主机实有的：许诺不占页框，用到时才占。',
    free: '客户机里空闲，不等于宿主机上空闲：客户机写过的每一页，宿主机都留着一个页框，没有人告诉它这一页已经没用了。',
    usable: '每个内核只算自己不靠交换就能腾出的内存；客户机的缓存里有什么，宿主机看不见。',
    used: '宿主机的数字里包含各个客户机写过的所有页；客户机只算自己眼下在用的。',
    cache: '客户机的文件缓存，在宿主机眼里是某个进程的匿名内存；宿主机只把自己读的文件算作缓存。',
    anonymous:
      '客户机的全部内存，不管里面放什么，都是宿主机上那个进程的匿名内存，所以宿主机的数字更大。',
    kernel: '每个内核有自己的一份；客户机的那份，落在宿主机称为匿名内存的页里。',
    tables:
      '客户机自己的页表放在它自己的内存里；宿主机数的是它各个进程的页表，KVM 的另算在 SecPageTables。',
    kvmTables: '第二维的页表（EPT 或 NPT）只属于宿主机；客户机看不见，也不用为它付内存。',
    swapTotal: '宿主机的交换空间和客户机的是两处地方，两个内核互不知情。',
    swapUsed:
      '被宿主机换出的页，在客户机看来仍是内存；客户机自己换出的，放在它自己的文件或磁盘里。',
    hugeUsed: '大页池是宿主机的；客户机看到的只是普通内存。',
    hugeFree: '池中没人用的大页；它们不能当别的内存用。',
    hugeReserved: '已经许给某个进程、但还没有被碰过的大页。',
    max: '定义里的数是许诺；客户机内核一开始就给自己留下一部分；宿主机则要等某一页被碰到，才给一个页框。',
    actual:
      'libvirt 数的是气球给客户机留下的；客户机的 MemTotal 少了内核启动时留下的那部分；宿主机数的是真正在那里的页框。',
    guestTotal: '气球变大，客户机的总量就变小。宿主机数的是页框：被碰过的，再加上 QEMU 自己用的。',
    guestFree:
      'libvirt 转述的是气球驱动上一次报告的数。宿主机没有这一行：客户机的空闲页，在它看来与别的页没有两样。',
    guestUsable: '哪些内存可以不要，只有客户机的内核知道；libvirt 转述，宿主机无从得知。',
    guestCache: 'libvirt 转述客户机的说法；对宿主机来说，这些是 QEMU 的匿名页，它能做的只有换出。',
    rss: '宿主机数的是 QEMU 进程背后的页框，连 QEMU 自己的也在内；客户机写过又释放的页仍算在里面，直到气球把它们收走。',
    guestSwap:
      'VmSwap 是宿主机从 QEMU 换出的，客户机看不见；客户机自己的交换是另一回事，这两样 libvirt 都不报。',
    swapIn: '两处说的都是客户机自己的换入；宿主机从它换出了多少，libvirt 没有哪个字段会说。',
    swapOut: '两处说的都是客户机自己的换出；宿主机从它换出了多少，libvirt 没有哪个字段会说。',
    majorFaults: '客户机为此等过自己磁盘的缺页。宿主机在背后处理的缺页，记在 QEMU 进程名下。',
    minorFaults:
      '客户机内核用内存就能解决的缺页。每一次背后都可能另有一次第二维的缺页，只有宿主机看得见。',
  },
};

export const cardMessages = (locale: Locale): CardMessages => (locale === 'zh' ? zh : en);
