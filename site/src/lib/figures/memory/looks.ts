import type { MemoryPart } from '@pagewalk/engine';

/** How a part of memory is told from its neighbours: by colour, and by marks that need none. */
export interface Look {
  fill: string;
  /** A pattern over it, 8 pixels wide and high. */
  marks: string;
}

const KERNEL = 'var(--frame-kernel)';
const FILE = 'var(--frame-file)';

export const LOOKS: Readonly<Record<MemoryPart, Look>> = {
  rest: { fill: 'var(--frame-reserved)', marks: '' },
  Percpu: { fill: KERNEL, marks: 'M0 4h8' },
  KernelStack: { fill: KERNEL, marks: 'M2 0v8M6 0v8' },
  SUnreclaim: { fill: KERNEL, marks: '' },
  SecPageTables: { fill: 'var(--frame-kvm)', marks: '' },
  PageTables: { fill: 'var(--frame-table)', marks: 'M0 4h8M4 0v8' },
  Hugetlb: { fill: 'var(--frame-pool)', marks: '' },
  AnonPages: { fill: 'var(--frame-process)', marks: '' },
  Shmem: { fill: FILE, marks: 'M-2 2l4-4M-2 10L10-2M6 10l4-4' },
  MemFree: { fill: 'var(--frame-free)', marks: '' },
  Buffers: { fill: FILE, marks: 'M4 0v8' },
  Cached: { fill: FILE, marks: '' },
  SReclaimable: { fill: KERNEL, marks: 'M-2 6l8 8M-2-2l12 12M6-2l4 4' },
};

/** Parts on whose fill text is dark. */
export const LIGHT: readonly MemoryPart[] = ['MemFree'];
