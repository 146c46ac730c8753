import type en from './en.ts';
import type { GlossaryEntry } from './en.ts';

const zh = {
  gva: {
    term: '客户机虚拟地址',
    short: '客户机里的程序使用的地址(GVA)，由客户机的页表转换。',
  },
  gpa: {
    term: '客户机物理地址',
    short: '客户机眼中自己内存的地址(GPA)。它的页表和 CR3 里存的都是这种地址。',
  },
  hva: {
    term: '宿主机虚拟地址',
    short: '宿主机进程(QEMU)里的地址(HVA)，这个进程的内存就是客户机的内存。',
    source: 'Linux，kvm_main.c gfn_to_hva()',
  },
  hpa: {
    term: '宿主机物理地址',
    short: '内存真正使用的地址(HPA)：数据实际所在的位置。',
  },
  ept: {
    term: '扩展页表(EPT)',
    short:
      'Intel 的第二张页表，由虚拟机监控器维护，把客户机物理地址转换为宿主机物理地址，由硬件遍历。',
    source: 'Intel SDM 卷 3，29.3',
  },
  npt: {
    term: '嵌套页表(NPT)',
    short: 'AMD 的第二张页表，用普通页表的格式，把客户机物理地址转换为宿主机物理地址，由硬件遍历。',
    source: 'AMD APM 卷 2，15.25',
  },
  tlb: {
    term: '旁路转换缓冲(TLB)',
    short: '处理器里存放转换结果的缓存。命中就不必遍历页表。',
    source: 'Intel SDM 卷 3，4.10.2',
  },
  pcid: {
    term: '进程上下文标识(PCID)',
    short: 'TLB 项里的 12 位标签，由内核为每个地址空间选定，切换时就不必丢掉。',
    source: 'Intel SDM 卷 3，4.10.1',
  },
  vpid: {
    term: '虚拟处理器标识(VPID)',
    short: '一个 16 位的标签，用来区分属于不同虚拟 CPU 的 TLB 表项。',
    source: 'Intel SDM 卷 3，29.1',
  },
  walk2d: {
    term: '二维页表遍历',
    short: '遍历客户机页表时，遇到的每个客户机物理地址本身又要经 EPT 或 NPT 转换。',
    source: 'Bhargava 等，ASPLOS 2008',
  },
  violation: {
    term: 'EPT 违例',
    short: '原因号 48 的 VM 退出：EPT 里没有这个地址的表项，或者表项不允许这次访问。',
    source: 'Intel SDM 卷 3，29.3.3.2',
  },
  misconfiguration: {
    term: 'EPT 配置错误',
    short: '原因号 49 的 VM 退出：遇到任何处理器都不得使用的 EPT 表项，例如有 W 而没有 R。',
    source: 'Intel SDM 卷 3，29.3.3.1',
  },
  npf: {
    term: '嵌套缺页(#NPF)',
    short: 'AMD 的嵌套页表拒绝访问时的 VM 退出。EXITINFO1 说明原因，EXITINFO2 是客户机物理地址。',
    source: 'AMD APM 卷 2，15.25',
  },
  pagefault: {
    term: '缺页异常',
    short: '处理器用这个异常(#PF)告诉内核：它的页表不允许这次访问。',
    source: 'Intel SDM 卷 3，4.7',
  },
  ad: {
    term: '脏位 / 访问位',
    short: '表项里由处理器置 1 的位：用过这个表项，置访问位；写过这个页面，置脏位。',
    source: 'Intel SDM 卷 3，4.8 与 29.3.5',
  },
  hugepage: {
    term: '大页',
    short: '2 MiB 或 1 GiB 的页面，由比最低一级高一级或两级的叶表项映射。',
    source: 'Intel SDM 卷 3，4.5',
  },
  cr3: {
    term: 'CR3',
    short: '存放根页表地址的寄存器。在客户机里，它存的是客户机物理地址。',
    source: 'Intel SDM 卷 3，4.5',
  },
  eptp: {
    term: 'EPT 指针(EPTP)',
    short: 'VMCS 中的字段，给出 EPT 根页表的宿主机物理地址、级数和 A/D 开关。',
    source: 'Intel SDM 卷 3，25.6.11',
  },
  ncr3: {
    term: 'nCR3',
    short: 'VMCB 中的字段，给出嵌套根页表的宿主机物理地址，相当于 AMD 的 EPT 指针。',
    source: 'AMD APM 卷 2，15.25',
  },
  pagetable: {
    term: '页表',
    short: '有 512 个表项的一页，处理器读它来转换地址；也指由它们组成的整棵树。',
    source: 'Intel SDM 卷 3，4.5',
  },
  offset: {
    term: '页内偏移',
    short: '地址的低位，表示字节在页内的位置，不经过转换。',
    source: 'Intel SDM 卷 3，4.5',
  },
  canonical: {
    term: '规范地址',
    short: '没有用到的高位全是最高有效位的副本的地址。不规范的地址引起 #GP。',
    source: 'Intel SDM 卷 1，3.3.7.1',
  },
  leaf: {
    term: '叶表项',
    short: '结束遍历的表项：其中是页面的地址，而不是下一级页表的地址。',
  },
  memslot: {
    term: '内存槽(memslot)',
    short: 'KVM 的记录：一段客户机物理内存，以及它在宿主机进程中的位置。',
    source: 'Linux，kvm_main.c',
  },
  shadow: {
    term: '影子页表',
    short:
      '由虚拟机监控器建立的页表，把客户机虚拟地址直接映射到宿主机物理地址，并与客户机的页表保持一致。',
    source: 'Linux，arch/x86/kvm/mmu/mmu.c',
  },
  'hidden-fault': {
    term: '隐藏的缺页异常',
    short: '影子页表下由虚拟机监控器自己补好的缺页异常，客户机内核对此一无所知。',
    source: 'Linux，paging_tmpl.h FNAME(page_fault)',
  },
  unsync: {
    term: '不同步(unsync)的影子页',
    short: '客户机可以自由写入的末级页表的影子。它和 TLB 一样，内容可能是旧的。',
    source: 'Linux，Documentation/virt/kvm/x86/mmu.rst',
  },
  exit: {
    term: 'VM 退出 / VM 进入',
    short: '处理器从客户机切换到虚拟机监控器，以及切换回去。',
  },
  hugetlb: {
    term: 'hugetlb 页',
    short: '内核放在专门的池里、供指定使用者使用的大页：提前留出，从不换出。',
    source: 'Linux，Documentation/admin-guide/mm/hugetlbpage.rst',
  },
  balloon: {
    term: '气球',
    short: '客户机里的一个驱动：向客户机内核要内存，再告诉宿主机可以拿走。',
    source: 'virtio 规范 1.2，5.5',
  },
  psc: {
    term: '分页结构缓存',
    short: '缓存页表上面几级的表项，按地址的高位查找：遍历从找到的最低一级开始。',
    source: 'Intel SDM 卷 3，4.10.3',
  },
  tdp: {
    term: '二维分页(TDP)',
    short: 'KVM 对 EPT 和 NPT 的统称。',
    source: 'Linux，arch/x86/kvm/mmu/tdp_mmu.c',
  },
  pagecache: {
    term: '页缓存',
    short: '文件的页读过或写过之后，内核留在内存里的那一份。',
    source: 'Linux，mm/filemap.c',
  },
  anon: {
    term: '匿名内存',
    short: '进程里不属于任何文件的内存：堆和栈。一个页第一次被碰到时才占用页框。',
    source: 'Linux，mm/memory.c do_anonymous_page()',
  },
  dirtypage: {
    term: '脏页',
    short: '缓存里与磁盘不一致的文件页：写过了，还没有写到磁盘。',
    source: 'Linux，mm/page-writeback.c',
  },
  tmpfs: {
    term: 'tmpfs',
    short: '文件只放在内存里的文件系统，/dev/shm 和 /run 就是。',
    source: 'Linux，mm/shmem.c',
  },
  watermark: {
    term: '低水位',
    short: '内存区里空闲页的一个数目，低于它内核就开始自己回收内存。',
    source: 'Linux，Documentation/admin-guide/mm/concepts.rst',
  },
} satisfies Record<keyof typeof en, GlossaryEntry>;

export default zh;
