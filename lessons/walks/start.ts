import type { Access, WalkMachine } from '@pagewalk/engine';

/** Where lessons and exercises about one walk begin: four levels of 4 KiB pages on both sides, a user's read. */
export const START: { machine: WalkMachine; access: Access } = {
  machine: {
    guest: 'teaching',
    mode: 'ept',
    levels: 4,
    hostLevels: 4,
    guestPage: '4K',
    hostPage: '4K',
    ad: false,
    backed: true,
  },
  access: { gva: 0x55d0_c0de_1a58n, kind: 'read', cpl: 3 },
};
