import { series } from '../walks/forms.ts';

/** Exercises on the walk of bare metal: an address by hand, a slot, a fault by its code, what a walk stores. */
export const exercise = series('page-tables', ['translate', 'code', 'slot', 'after'], ['native']);
