import { hex } from '../address.ts';
import type { Outcome, Translation } from '../evidence.ts';
import {
  InputError,
  WHOLE_LINE,
  object,
  readAccess,
  readMemory,
  readNested,
  readPaging,
  tooWide,
} from '../input.ts';
import type { MemoryEntry } from '../input.ts';
import type { Machine } from '../machine.ts';
import type { Nested, Paging } from '../paging.ts';

/** `pagewalk translate`: one line of JSON in, one answer out. The contract fixes both. */

const LINE_KEYS = ['id', 'paging', 'nested', 'memory', 'access'];

/** A machine of its own, for the lines that do not bring one (`--machine FILE`). */
export interface MachineDefaults {
  paging?: unknown;
  nested?: unknown;
  memory?: unknown;
}

export interface Answer {
  id: unknown;
  result: string;
  [key: string]: unknown;
}

/** Reads a machine file: the same three fields as a line, and where it comes from. */
export function readMachineFile(text: string): MachineDefaults {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('machine file', `is not JSON (${(error as Error).message})`);
  }
  const file = object(value, 'machine file', ['source', 'paging', 'nested', 'memory']);
  const paging = file['paging'] === undefined ? undefined : readPaging(file['paging']);
  if (file['nested'] !== undefined && paging !== undefined) readNested(file['nested'], paging);
  if (file['memory'] !== undefined) readMemory(file['memory'], paging?.maxphyaddr ?? 52);
  return file;
}

interface LineMachine {
  paging: Paging;
  nested: Nested;
  memory: MemoryEntry[] | null;
}

export interface Translator {
  /** Answers one line of text. */
  (line: string): Answer;
  /** Answers one parsed line. */
  input(value: unknown): Answer;
}

/**
 * Makes the function that answers lines on `machine`. Each line starts from its own memory, or from
 * that of `defaults`: the stores that a line makes do not carry over.
 */
export function createTranslator(machine: Machine, defaults: MachineDefaults = {}): Translator {
  // Parsed once; a line with a narrower MAXPHYADDR has them checked again.
  const sharedMemory = defaults.memory === undefined ? undefined : readMemory(defaults.memory, 52);
  const highest = (sharedMemory ?? []).reduce((top, [at]) => (at > top ? at : top), 0n);
  let sharedIsLoaded = false;

  function read(line: Record<string, unknown>): LineMachine {
    const pagingValue = 'paging' in line ? line['paging'] : defaults.paging;
    if (pagingValue === undefined) {
      throw new InputError('paging', 'is missing; an object with at least cr3 would be right');
    }
    const paging = readPaging(pagingValue);
    const nested = readNested('nested' in line ? line['nested'] : defaults.nested, paging);
    if ('memory' in line) {
      return { paging, nested, memory: readMemory(line['memory'], paging.maxphyaddr) };
    }
    if (sharedMemory === undefined) {
      throw new InputError('memory', 'is missing; a list of [address, entry] pairs would be right');
    }
    if (highest >> BigInt(paging.maxphyaddr) !== 0n) readMemory(defaults.memory, paging.maxphyaddr);
    return { paging, nested, memory: null };
  }

  function load(entries: MemoryEntry[]): void {
    machine.clear();
    for (const [at, value] of entries) machine.write(at, value);
  }

  function answer(value: unknown): Answer {
    const id = isRecord(value) ? (value['id'] ?? null) : null;
    try {
      const line = object(value, WHOLE_LINE, LINE_KEYS);
      const { paging, nested, memory } = read(line);
      if (line['access'] === undefined) {
        throw new InputError('access', 'is missing; an object with gva, kind, cpl would be right');
      }
      const access = readAccess(line['access']);
      if (memory !== null) {
        load(memory);
        sharedIsLoaded = false;
      } else if (!sharedIsLoaded) {
        load(sharedMemory ?? []);
        sharedIsLoaded = true;
      }
      machine.setPaging(paging);
      machine.setNested(nested);
      const translation = machine.translate(access);
      if (sharedIsLoaded) machine.undo(translation);
      if (translation.outcome.result === 'gpa-too-wide') {
        throw tooWide(translation.outcome.gpa, 'memory');
      }
      return { id, ...printOutcome(translation.outcome), ...printEvidence(translation) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { id, result: 'invalid', message: error.message };
    }
  }

  const translator = (text: string): Answer => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return {
        id: null,
        result: 'invalid',
        message: `${WHOLE_LINE}: is not JSON (${(error as Error).message}); one JSON object a line would be right`,
      };
    }
    return answer(value);
  };
  return Object.assign(translator, { input: answer });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function printOutcome(outcome: Outcome): { result: string; [key: string]: unknown } {
  switch (outcome.result) {
    case 'ok':
      return {
        result: 'ok',
        ...(outcome.gpa === null ? {} : { gpa: hex(outcome.gpa) }),
        hpa: hex(outcome.hpa),
        guestPage: outcome.guestPage,
        ...(outcome.hostPage === null ? {} : { hostPage: outcome.hostPage }),
        page: outcome.page,
      };
    case 'page-fault':
      return { result: outcome.result, errorCode: outcome.errorCode, cr2: hex(outcome.cr2) };
    case 'general-protection':
      return { result: outcome.result, errorCode: outcome.errorCode };
    case 'ept-violation':
      return {
        result: outcome.result,
        qualification: outcome.qualification,
        gpa: hex(outcome.gpa),
      };
    case 'nested-page-fault':
      return {
        result: outcome.result,
        errorCode: hex(outcome.errorCode),
        gpa: hex(outcome.gpa),
      };
    default:
      return { result: outcome.result, gpa: hex(outcome.gpa) };
  }
}

const printEvidence = (translation: Translation): { refs: unknown[]; stores: unknown[] } => ({
  refs: translation.references.map((reference) => [
    reference.table,
    reference.level,
    hex(reference.hpa),
    hex(reference.value),
  ]),
  stores: translation.stores.map((store) => [hex(store.hpa), hex(store.value)]),
});
