/** Where the counters lie in their record, for the other side of the border. */
import { Stats } from './stats';

/** The first counter; the others follow in the order of the class, 8 bytes each. */
export const STATS_FIRST: u32 = <u32>offsetof<Stats>('exits');
export const STATS_BYTES: u32 = <u32>offsetof<Stats>();
