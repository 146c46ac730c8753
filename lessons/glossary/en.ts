/** One term: what it is called, and what it is in at most 25 words. */
export interface GlossaryEntry {
  term: string;
  short: string;
  /** Where it is defined, when that is one place. */
  source?: string;
}

const en = {
  gva: {
    term: 'guest virtual address (GVA)',
    short: 'The address that a program in the guest uses. The guest’s page tables translate it.',
  },
  gpa: {
    term: 'guest physical address (GPA)',
    short:
      'What the guest takes for an address in its RAM. Its page tables and CR3 hold such addresses.',
  },
  hva: {
    term: 'host virtual address (HVA)',
    short: 'An address in the host process (QEMU) whose memory is the guest’s RAM.',
    source: 'Linux, kvm_main.c gfn_to_hva()',
  },
  hpa: {
    term: 'host physical address (HPA)',
    short: 'The address that memory itself answers to: where the bytes really are.',
  },
  ept: {
    term: 'extended page tables (EPT)',
    short:
      'Intel’s second page table, kept by the hypervisor: guest-physical to host-physical, walked by hardware.',
    source: 'Intel SDM vol. 3, 29.3',
  },
  npt: {
    term: 'nested paging (NPT)',
    short:
      'AMD’s second page table, in the ordinary format: guest-physical to host-physical, walked by hardware.',
    source: 'AMD APM vol. 2, 15.25',
  },
  tlb: {
    term: 'translation lookaside buffer (TLB)',
    short: 'The processor’s cache of finished translations. A hit needs no walk.',
    source: 'Intel SDM vol. 3, 4.10.2',
  },
  pcid: {
    term: 'process-context identifier (PCID)',
    short:
      'A tag of 12 bits in TLB entries that a kernel chooses for each address space, so that they can stay at a switch.',
    source: 'Intel SDM vol. 3, 4.10.1',
  },
  vpid: {
    term: 'virtual processor identifier (VPID)',
    short: 'A 16-bit tag that tells TLB entries of different virtual CPUs apart.',
    source: 'Intel SDM vol. 3, 29.1',
  },
  walk2d: {
    term: 'two-dimensional page walk',
    short:
      'A walk of the guest’s tables in which each guest-physical address is itself translated by EPT or NPT.',
    source: 'Bhargava et al., ASPLOS 2008',
  },
  violation: {
    term: 'EPT violation',
    short: 'VM exit 48: EPT has no entry for the address, or its entries do not allow the access.',
    source: 'Intel SDM vol. 3, 29.3.3.2',
  },
  misconfiguration: {
    term: 'EPT misconfiguration',
    short: 'VM exit 49: an EPT entry that no processor may use, such as one with W but without R.',
    source: 'Intel SDM vol. 3, 29.3.3.1',
  },
  npf: {
    term: 'nested page fault (#NPF)',
    short:
      'AMD’s VM exit when nested paging refuses an access. EXITINFO1 says why, EXITINFO2 at which guest-physical address.',
    source: 'AMD APM vol. 2, 15.25',
  },
  pagefault: {
    term: 'page fault',
    short:
      'The exception (#PF) by which the processor tells a kernel that its page tables refuse an access.',
    source: 'Intel SDM vol. 3, 4.7',
  },
  ad: {
    term: 'dirty / accessed bit',
    short:
      'Bits of an entry that the processor sets: accessed when it used the entry, dirty when it wrote the page.',
    source: 'Intel SDM vol. 3, 4.8 and 29.3.5',
  },
  hugepage: {
    term: 'huge page',
    short: 'A page of 2 MiB or 1 GiB, mapped by a leaf one or two levels above the lowest.',
    source: 'Intel SDM vol. 3, 4.5',
  },
  cr3: {
    term: 'CR3',
    short:
      'The register with the address of the root page table. In a guest it holds a guest-physical address.',
    source: 'Intel SDM vol. 3, 4.5',
  },
  eptp: {
    term: 'EPT pointer (EPTP)',
    short:
      'The VMCS field with the host-physical address of the EPT root, its depth and its A/D switch.',
    source: 'Intel SDM vol. 3, 25.6.11',
  },
  ncr3: {
    term: 'nCR3',
    short: 'The VMCB field with the host-physical address of the nested root: AMD’s EPT pointer.',
    source: 'AMD APM vol. 2, 15.25',
  },
  pagetable: {
    term: 'page table',
    short:
      'A page of 512 entries that the processor reads to translate addresses; also the whole tree of them.',
    source: 'Intel SDM vol. 3, 4.5',
  },
  offset: {
    term: 'page offset',
    short:
      'The low bits of an address, which say where in its page a byte is. They are not translated.',
    source: 'Intel SDM vol. 3, 4.5',
  },
  canonical: {
    term: 'canonical address',
    short:
      'An address whose unused upper bits are all copies of the highest used one. Any other causes #GP.',
    source: 'Intel SDM vol. 1, 3.3.7.1',
  },
  leaf: {
    term: 'leaf entry',
    short: 'The entry that ends a walk: it holds the address of a page, not of a further table.',
  },
  memslot: {
    term: 'memslot',
    short:
      'KVM’s record of a range of guest-physical memory and where it lies in the host process.',
    source: 'Linux, kvm_main.c',
  },
  shadow: {
    term: 'shadow page table',
    short:
      'A table made by the hypervisor that maps guest virtual straight to host physical, kept in step with the guest’s.',
    source: 'Linux, arch/x86/kvm/mmu/mmu.c',
  },
  'hidden-fault': {
    term: 'hidden page fault',
    short:
      'A page fault under shadow paging that the hypervisor repairs itself. The guest’s kernel never hears of it.',
    source: 'Linux, paging_tmpl.h FNAME(page_fault)',
  },
  unsync: {
    term: 'unsync shadow page',
    short:
      'A shadow of a leaf table that the guest may write freely. It may be out of date, as a TLB may.',
    source: 'Linux, Documentation/virt/kvm/x86/mmu.rst',
  },
  exit: {
    term: 'VM exit / VM entry',
    short: 'The switch of a processor from guest to hypervisor, and back.',
  },
  hugetlb: {
    term: 'hugetlb pages',
    short:
      'Huge pages that the kernel keeps in a pool of their own, for those who ask for them: set aside early, never swapped.',
    source: 'Linux, Documentation/admin-guide/mm/hugetlbpage.rst',
  },
  balloon: {
    term: 'balloon',
    short:
      'A driver in the guest that takes memory from the guest’s kernel and tells the host that it may have it.',
    source: 'virtio specification 1.2, 5.5',
  },
  psc: {
    term: 'paging-structure caches',
    short:
      'Caches of the upper entries of page tables, by the top bits of the address: a walk begins at the lowest that it finds.',
    source: 'Intel SDM vol. 3, 4.10.3',
  },
  tdp: {
    term: 'two-dimensional paging (TDP)',
    short: 'KVM’s common name for EPT and NPT.',
    source: 'Linux, arch/x86/kvm/mmu/tdp_mmu.c',
  },
  pagecache: {
    term: 'page cache',
    short: 'Pages of files that the kernel keeps in memory after they were read or written.',
    source: 'Linux, mm/filemap.c',
  },
  anon: {
    term: 'anonymous memory',
    short:
      'Memory of a process that is no file’s: its heap and stacks. A page takes a frame when it is first touched.',
    source: 'Linux, mm/memory.c do_anonymous_page()',
  },
  dirtypage: {
    term: 'dirty page',
    short:
      'A page of a file in the cache that differs from the disk, because it was written and is not on the disk yet.',
    source: 'Linux, mm/page-writeback.c',
  },
  tmpfs: {
    term: 'tmpfs',
    short: 'A file system whose files are in memory only. /dev/shm and /run are two of them.',
    source: 'Linux, mm/shmem.c',
  },
  watermark: {
    term: 'low watermark',
    short: 'So many free pages of a zone; below it the kernel begins to reclaim memory by itself.',
    source: 'Linux, Documentation/admin-guide/mm/concepts.rst',
  },
} satisfies Record<string, GlossaryEntry>;

/** A term's id, as `:term[words]{id=…}` in the prose names it. */
export type TermId = keyof typeof en;

export const glossary: Record<TermId, GlossaryEntry> = en;

export default en;
