/**
 * The JSON of `pagewalk translate` as types: what the reference takes and gives. Written from the
 * contract (interfaces.md), not from the engine's types, so that a slip there is not repeated here.
 */

export type PageSize = '4K' | '2M' | '1G';
export type Levels = 4 | 5;
export type AccessKind = 'read' | 'write' | 'fetch';
export type Table = 'guest' | 'ept' | 'npt';

export interface PagingInput {
  levels?: Levels;
  cr3: string;
  maxphyaddr?: number;
  wp?: boolean;
  nxe?: boolean;
  smep?: boolean;
  smap?: boolean;
  ac?: boolean;
  page1g?: boolean;
}

export interface EptInput {
  kind: 'ept';
  root: string;
  levels?: Levels;
  ad?: boolean;
  executeOnly?: boolean;
}

export interface NptInput {
  kind: 'npt';
  root: string;
  levels?: Levels;
  nxe?: boolean;
}

export interface AccessInput {
  gva: string;
  kind: AccessKind;
  cpl: 0 | 3;
}

export interface TranslateInput {
  id: string;
  paging: PagingInput;
  nested: EptInput | NptInput | null;
  memory: [string, string][];
  access: AccessInput;
}

/** `[table, level, host-physical address, value as read]`. */
export type RefOutput = [Table, number, string, string];
export type StoreOutput = [string, string];

export type TranslateOutput =
  | ({ id: string; refs: RefOutput[]; stores: StoreOutput[] } & (
      | {
          result: 'ok';
          hpa: string;
          gpa?: string;
          guestPage: PageSize;
          hostPage?: PageSize;
          page: PageSize;
        }
      | { result: 'page-fault'; errorCode: number; cr2: string }
      | { result: 'general-protection'; errorCode: 0 }
      | { result: 'ept-violation'; qualification: number; gpa: string }
      | { result: 'ept-misconfiguration'; gpa: string }
      | { result: 'nested-page-fault'; errorCode: string; gpa: string }
    ))
  | { id: string; result: 'invalid' };
