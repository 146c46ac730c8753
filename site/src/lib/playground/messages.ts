import type { Locale } from '@pagewalk/lessons/schema.ts';

/** The words of the playground's pages. */
const en = {
  title: 'Playground',
  description: 'Machines to run by hand: page walks, tagged TLBs, shadow page tables.',
  lead: 'Each of these is a whole machine in your browser. Step it, change it, break it; every number is what it counted.',
  pages: {
    walk: {
      title: 'The two-dimensional walk',
      text: 'One access under EPT, NPT or bare metal, reference by reference.',
    },
    tlb: {
      title: 'The tagged TLB',
      text: 'Two guests share one processor. Who loses what, and when?',
    },
    shadow: {
      title: 'Shadow page tables',
      text: 'The guest changes its tables. How does the hypervisor notice?',
    },
    host: {
      title: 'A host and its guests',
      text: 'Four guests were promised more memory than there is. Who gives, and when?',
    },
    console: {
      title: 'The console of a host',
      text: 'A shell with virsh on a host of your own. Every number it prints is a frame somewhere.',
    },
  },
  console: {
    title: 'The console of a host',
    description:
      'A Linux host with KVM and libvirt in your browser: type virsh, free and cat /proc/meminfo, and see the frames that they count.',
    lead: [
      'This is a host with libvirt and QEMU, and you are root on it. Start one of its guests, take memory from it again. Who notices, and in which number?',
      'Point at a number that free, /proc/meminfo or virsh dommemstat printed: its frames light up in the picture, and beside it stands what the guest, libvirt and the host each say. Nothing can be broken for good; every line can be undone.',
    ],
  },
  host: {
    title: 'A host and its guests',
    description:
      'Four guests on a host that promised them more memory than it has: balloon, swap and KSM at work on every frame.',
    lead: [
      'This host has 224 MiB and has promised its guests 448. That works as long as they do not all ask at once. Which of them notices first?',
      'Let time pass and watch the two bars of each guest: what its own kernel says it has, and what the host has behind it. Then pull a lever. The balloon asks a guest to give; ksmd looks for pages that are equal; when neither is enough, the host swaps what it believes nobody needs.',
    ],
  },
  tlb: {
    title: 'The tagged TLB',
    description:
      'Two guests on one processor: watch a TLB find, miss, evict and flush, with VPID and PCID on or off.',
    lead: [
      'Two guests take turns on one processor, and both use the address 0x400000. What keeps the TLB from giving one the other’s page?',
      'The tag. Each entry carries the VPID of the virtual CPU it was made for. Step on: guest a fills the TLB, guest b takes its turn, and a finds its own entries again. Then turn VPID off and run the same steps.',
    ],
  },
  shadow: {
    title: 'Shadow page tables',
    description:
      'A guest changes its page tables under shadow paging: missing, stale and withheld entries, every VM exit counted as KVM counts it.',
    lead: [
      'The processor walks only the tables on the right. The guest writes only those on the left. What happens when they disagree?',
      'Sometimes nothing, on purpose. Step to where the guest points a page at another frame: the first store exits, the next is free, and the program goes on reading the old frame until INVLPG or a CR3 load brings the shadow back in step.',
    ],
  },
};

export type PlaygroundMessages = typeof en;

const zh: PlaygroundMessages = {
  title: '实验场',
  description: '亲手运行的机器：页表遍历、带标签的 TLB、影子页表。',
  lead: '每一项都是浏览器里的一台完整机器。让它走，改动它，弄坏它；所有数字都是它自己数出来的。',
  pages: {
    walk: {
      title: '二维页表遍历',
      text: 'EPT、NPT 或裸机上的一次访问，逐次读取。',
    },
    tlb: {
      title: '带标签的 TLB',
      text: '两个客户机共用一个处理器。谁在什么时候失去什么？',
    },
    shadow: {
      title: '影子页表',
      text: '客户机改了自己的页表。虚拟机监控器怎么知道？',
    },
    host: {
      title: '宿主机与它的客户机',
      text: '许诺给四个客户机的内存比实有的多。谁来让，什么时候让？',
    },
    console: {
      title: '宿主机的控制台',
      text: '一台属于你的宿主机，有 shell，有 virsh。它打印的每个数字，都能在某些页框上找到。',
    },
  },
  console: {
    title: '宿主机的控制台',
    description:
      '浏览器里的一台 Linux 宿主机，装好了 KVM 和 libvirt：输入 virsh、free、cat /proc/meminfo，看它们数的是哪些页框。',
    lead: [
      '这台宿主机装好了 libvirt 和 QEMU，你就是 root。启动一个客户机，再把内存要回来：谁会察觉，从哪个数字察觉？',
      '指向 free、/proc/meminfo 或 virsh dommemstat 打印的某个数字：图中对应的页框会亮起来，旁边列出客户机、libvirt 和宿主机各自的说法。什么都弄不坏，每一行都可以撤销。',
    ],
  },
  host: {
    title: '宿主机与它的客户机',
    description:
      '宿主机许诺的内存比实有的多，四个客户机分着用：气球、交换、KSM 怎样落到每一个页框上。',
    lead: [
      '这台宿主机有 224 MiB，却许诺了客户机 448 MiB。只要它们不同时来要，就没有问题。谁会最先察觉？',
      '让时间往前走，看每个客户机的两条：一条是它自己的内核说它有多少，一条是宿主机在它背后放了多少。然后扳一根杠杆：气球请客户机让出内存，ksmd 寻找内容相同的页；两样都不够时，宿主机就把它以为没人要的页换出去。',
    ],
  },
  tlb: {
    title: '带标签的 TLB',
    description:
      '两个客户机共用一个处理器：看 TLB 如何命中、未命中、淘汰、刷新，VPID 和 PCID 可开可关。',
    lead: [
      '两个客户机轮流使用一个处理器，都用地址 0x400000。TLB 凭什么不会把一个的页给了另一个？',
      '凭标签。每一项都带着它所属虚拟 CPU 的 VPID。往前走：客户机 a 填满 TLB，轮到客户机 b，再回到 a 时，它还能找到自己的项。然后关掉 VPID，把同样的步骤再走一遍。',
    ],
  },
  shadow: {
    title: '影子页表',
    description:
      '影子分页之下客户机修改页表：缺失、过时、被扣留写权限的表项，每次 VM 退出都按 KVM 的方式计数。',
    lead: [
      '处理器只遍历右边的表，客户机只写左边的表。两边不一致时会怎样？',
      '有时什么也不发生，而且是有意的。走到客户机把一页改指另一页框的那一步：第一次写入退出，再写就不退出了；程序一直读到旧页框，直到 INVLPG 或装载 CR3 让影子重新一致。',
    ],
  },
};

export const playgroundMessages = (locale: Locale): PlaygroundMessages =>
  locale === 'zh' ? zh : en;
