import { PAGE_SIZES, hex, parseHex } from '../address.ts';
import type { Address, Levels, PageSize } from '../address.ts';
import type { Table } from '../evidence.ts';
import { InputError } from '../input.ts';
import type { AccessKind } from '../paging.ts';
import { DEFAULT_ACCESS, DEFAULT_MACHINE, possible } from './scenario.ts';
import type { EntryName, WalkAction, WalkMachine, WalkScenario } from './scenario.ts';

/**
 * A walk as a short text, for the address bar: `mode=npt&levels=5x4&pages=2M-4K&gva=0x401136&at=7`.
 * What is as in the default machine is left out. The same text restores the same walk, edits included.
 */

/** A scenario and how far its walk has been played: events done, `end` for all. */
export interface WalkLink {
  scenario: WalkScenario;
  at: number | 'end';
}

const NUMBER = /^\d{1,4}$/;

const printEntry = ({ table, level, row }: EntryName): string => `${table}.${level}.${row}`;

function printAction(action: WalkAction): string {
  if (action.do === 'set') return `set:${hex(action.at)}:${hex(action.value)}`;
  if (action.do === 'fill') return `fill:${hex(action.gpa)}`;
  return `edit:${printEntry(action.entry)}:${hex(action.set ?? 0n)}:${hex(action.clear ?? 0n)}`;
}

/** Writes a walk as text; the empty string for the default walk at its start. */
export function formatLink({ scenario, at }: WalkLink): string {
  const { machine, actions, access } = scenario;
  const parts: string[] = [];
  const put = (key: string, value: string, usual: string): void => {
    if (value !== usual) parts.push(`${key}=${value}`);
  };
  const usual = DEFAULT_MACHINE;
  put('guest', machine.guest, usual.guest);
  put('mode', machine.mode, usual.mode);
  put('levels', `${machine.levels}x${machine.hostLevels}`, `${usual.levels}x${usual.hostLevels}`);
  put('pages', `${machine.guestPage}-${machine.hostPage}`, `${usual.guestPage}-${usual.hostPage}`);
  put('ad', machine.ad ? '1' : '0', usual.ad ? '1' : '0');
  put('backed', machine.backed ? '1' : '0', usual.backed ? '1' : '0');
  put('gva', hex(access.gva), hex(DEFAULT_ACCESS.gva));
  put('kind', access.kind, DEFAULT_ACCESS.kind);
  put('cpl', String(access.cpl), String(DEFAULT_ACCESS.cpl));
  put('do', actions.map(printAction).join(';'), '');
  put('at', String(at), '0');
  return parts.join('&');
}

function choice<T extends string>(key: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new InputError(key, `is "${value}"; ${allowed.join(', ')} would be right`);
  }
  return found;
}

function address(key: string, value: string | undefined): Address {
  const parsed = value === undefined ? undefined : parseHex(value);
  if (parsed === undefined) {
    throw new InputError(
      key,
      `is "${value ?? ''}"; a hexadecimal address like 0x1000 would be right`,
    );
  }
  return parsed;
}

const TABLES: readonly Table[] = ['guest', 'ept', 'npt'];

function parseAction(text: string): WalkAction {
  const [what, first, second, third] = text.split(':');
  switch (what) {
    case 'set': {
      const at = address('do=set', first);
      if (at % 8n !== 0n || at >> 52n !== 0n) {
        throw new InputError(
          'do=set',
          `${hex(at)} is no place of an entry; 8-aligned and below 2^52 would be right`,
        );
      }
      return { do: 'set', at, value: address('do=set', second) };
    }
    case 'fill': {
      const gpa = address('do=fill', first);
      if (gpa >> 48n !== 0n) {
        throw new InputError(
          'do=fill',
          `${hex(gpa)} is beyond guest-physical memory; at most 48 bits would be right`,
        );
      }
      return { do: 'fill', gpa };
    }
    case 'edit': {
      const [table = '', level = '', row = ''] = (first ?? '').split('.');
      if (!/^[1-5]$/.test(level) || !/^[0-5]$/.test(row)) {
        throw new InputError(
          'do=edit',
          `names the entry "${first ?? ''}"; like ept.2.0 would be right`,
        );
      }
      const entry = {
        table: choice('do=edit', table, TABLES),
        level: Number(level),
        row: Number(row),
      };
      return {
        do: 'edit',
        entry,
        set: address('do=edit', second),
        clear: address('do=edit', third),
      };
    }
    default:
      throw new InputError('do', `has "${text}"; set, edit or fill would be right`);
  }
}

function parseLevels(text: string): [Levels, Levels] {
  const [guest, host] = text.split('x');
  return [
    Number(choice('levels', guest ?? '', ['4', '5'])) as Levels,
    Number(choice('levels', host ?? '', ['4', '5'])) as Levels,
  ];
}

function parsePages(text: string): [PageSize, PageSize] {
  const [guest, host] = text.split('-');
  return [choice('pages', guest ?? '', PAGE_SIZES), choice('pages', host ?? '', PAGE_SIZES)];
}

/** Reads the text of a link; throws an `InputError` that names the key. Keys of others are passed over. */
export function parseLink(text: string): WalkLink {
  const keys = new URLSearchParams(text);
  const machine: WalkMachine = { ...DEFAULT_MACHINE };
  const access = { ...DEFAULT_ACCESS };
  let actions: WalkAction[] = [];
  let at: number | 'end' = 0;
  for (const [key, value] of keys) {
    switch (key) {
      case 'guest':
        machine.guest = choice(key, value, ['teaching', 'linux'] as const);
        break;
      case 'mode':
        machine.mode = choice(key, value, ['native', 'ept', 'npt'] as const);
        break;
      case 'levels':
        [machine.levels, machine.hostLevels] = parseLevels(value);
        break;
      case 'pages':
        [machine.guestPage, machine.hostPage] = parsePages(value);
        break;
      case 'ad':
        machine.ad = choice(key, value, ['0', '1']) === '1';
        break;
      case 'backed':
        machine.backed = choice(key, value, ['0', '1']) === '1';
        break;
      case 'gva':
        access.gva = address(key, value);
        break;
      case 'kind':
        access.kind = choice<AccessKind>(key, value, ['read', 'write', 'fetch']);
        break;
      case 'cpl':
        access.cpl = choice(key, value, ['0', '3']) === '3' ? 3 : 0;
        break;
      case 'do':
        actions = value === '' ? [] : value.split(';').map(parseAction);
        break;
      case 'at':
        if (value === 'end') at = 'end';
        else if (NUMBER.test(value)) at = Number(value);
        else throw new InputError(key, `is "${value}"; a number of steps, or end, would be right`);
        break;
      default:
    }
  }
  return { scenario: { machine: possible(machine), actions, access }, at };
}
