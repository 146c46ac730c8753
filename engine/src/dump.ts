import { InputError, object, readMemory, readPaging } from './input.ts';
import type { MemoryEntry } from './input.ts';
import type { Paging } from './paging.ts';

/** A guest's page tables, read out of its memory: the form that `pagewalk translate --machine` takes. */
export interface Dump {
  /** Where it was taken. */
  source: string;
  paging: Paging;
  /** Non-zero entries by guest-physical address. */
  memory: MemoryEntry[];
}

/** Reads a dump; throws an `InputError` that names the field. */
export function parseDump(text: string): Dump {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('dump', `is not JSON (${(error as Error).message})`);
  }
  const dump = object(value, 'dump', ['source', 'paging', 'nested', 'memory']);
  const paging = readPaging(dump['paging']);
  const source = dump['source'];
  return {
    source: typeof source === 'string' ? source : '',
    paging,
    memory: readMemory(dump['memory'], paging.maxphyaddr),
  };
}
