/** Kinds of memory access. */
export const READ: i32 = 0;
export const WRITE: i32 = 1;
export const FETCH: i32 = 2;
