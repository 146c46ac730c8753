/** Where the records lie and their fields, for the other side of the border. */
import { Cost } from '../cost';
import { Happening } from '../events';
import { Stats } from './stats';
import { ShadowView } from './view';

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

export const SHADOW_VIEW_TABLE: u32 = <u32>offsetof<ShadowView>('table');
export const SHADOW_VIEW_GFN: u32 = <u32>offsetof<ShadowView>('gfn');
export const SHADOW_VIEW_LEVEL: u32 = <u32>offsetof<ShadowView>('level');
export const SHADOW_VIEW_ACCESS: u32 = <u32>offsetof<ShadowView>('access');
export const SHADOW_VIEW_DIRECT: u32 = <u32>offsetof<ShadowView>('direct');
export const SHADOW_VIEW_UNSYNC: u32 = <u32>offsetof<ShadowView>('unsync');
export const SHADOW_VIEW_ROOTS: u32 = <u32>offsetof<ShadowView>('roots');
export const SHADOW_VIEW_WRITES: u32 = <u32>offsetof<ShadowView>('writes');
