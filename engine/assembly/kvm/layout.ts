/** Where the records lie and their fields, for the other side of the border. */
import { Cost } from '../cost';
import { Happening } from '../events';
import { Stats } from './stats';

/** Counters follow in the order of their class, 8 bytes each. */
export const STATS_BYTES: u32 = <u32>offsetof<Stats>();
/** Costs likewise. */
export const COST_BYTES: u32 = <u32>offsetof<Cost>();

export const HAPPENING_BYTES: u32 = <u32>offsetof<Happening>();
export const HAPPENING_A: u32 = <u32>offsetof<Happening>('a');
export const HAPPENING_B: u32 = <u32>offsetof<Happening>('b');
export const HAPPENING_C: u32 = <u32>offsetof<Happening>('c');
export const HAPPENING_EXTRA: u32 = <u32>offsetof<Happening>('extra');
export const HAPPENING_VM: u32 = <u32>offsetof<Happening>('vm');
export const HAPPENING_VCPU: u32 = <u32>offsetof<Happening>('vcpu');
export const HAPPENING_LEVEL: u32 = <u32>offsetof<Happening>('level');
export const HAPPENING_TYPE: u32 = <u32>offsetof<Happening>('type');
