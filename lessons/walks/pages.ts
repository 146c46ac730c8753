import type { TeachingPage } from '@pagewalk/engine';

/**
 * The pages that the teaching guest has mapped, as the engine documents them. The lesson says them
 * itself, because lessons load nothing of the engine; a test holds the two together.
 */
export const PAGES: readonly TeachingPage[] = [
  { name: 'data', gva: 0x55d0_c0de_1a58n, writable: true, executable: false, user: true },
  { name: 'code', gva: 0x0000_0040_1136n, writable: false, executable: true, user: true },
  { name: 'stack', gva: 0x7ffd_3c21_e9f0n, writable: true, executable: false, user: true },
  { name: 'kernel', gva: 0xffff_8880_0123_4040n, writable: true, executable: false, user: false },
];
