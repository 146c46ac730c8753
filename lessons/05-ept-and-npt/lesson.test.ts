import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  DEFAULT_ACCESS,
  DEFAULT_MACHINE,
  TEACHING_PAGES,
  Workbench,
  flipBit,
  hasBit,
  parseDump,
} from '@pagewalk/engine';
import type { Outcome, Reference, Translation } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { scenarioOf } from '../define.ts';
import { usesOf } from '../prose.ts';
import lesson from './lesson.ts';
import { PAGES } from '../walks/pages.ts';

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
const prose = { en: read('en.md').toString(), zh: read('zh.md').toString() };

let workbench: Workbench;

beforeAll(async () => {
  workbench = new Workbench(await loadEngine());
  workbench.loadDump(parseDump(gunzipSync(read('linux-6.1-4level.json.gz')).toString()));
});

const run = (state: string): Translation => workbench.run(scenarioOf(lesson, state));
const references = (state: string): number => run(state).references.length;
const outcome = (state: string): Outcome => run(state).outcome;
const entry = (state: string, table: string, level: number, row: number): Reference | undefined =>
  run(state).references.find((r) => r.table === table && r.level === level && r.row === row);

describe.each(Object.entries(prose))('the prose in %s', (_locale, markdown) => {
  it('prints only entries that the walk reads', () => {
    const printed = usesOf(markdown).filter(({ name }) => name === 'entry');
    expect(printed.length).toBeGreaterThan(0);
    for (const { attributes, line } of printed) {
      const { state = '', table = '', level, row } = attributes;
      expect(entry(state, table, Number(level), Number(row)), `line ${line}`).toBeDefined();
    }
  });

  it('writes no count of references down', () => {
    // Sources, formulas and papers have their numbers; the walk's own come from the engine.
    const counts = ['cold', 'large-guest', 'large-both', 'five-levels', 'five-over-four'];
    const words = markdown.replaceAll(/\{[^}]*\}/g, '').replaceAll(/:src\[[^\]]*\]/g, '');
    const [body = ''] = words.split(':::sources');
    for (const count of counts.map(references)) {
      expect(body).not.toMatch(new RegExp(`(?<![\\d.:,])${count}(?![\\d.:,]|-bit| 位)`));
    }
  });
});

it('the lesson starts where the engine’s own defaults are, and knows the guest’s pages', () => {
  expect(lesson.start).toEqual({ machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS });
  expect(PAGES).toEqual(TEACHING_PAGES);
});

it('every state runs, and its position lies in its walk', () => {
  for (const [name, { at }] of Object.entries(lesson.states)) {
    const { events } = run(name);
    expect(events.length, name).toBeGreaterThan(0);
    if (at !== 'end') expect(at, name).toBeLessThanOrEqual(events.length);
  }
});

describe('a prediction', () => {
  it.each(Object.entries(lesson.predictions))('%s holds before its answer is seen', (_id, p) => {
    const { events } = run(p.state);
    expect(p.holdAt).toBeLessThan(events.length);
    const answer = p.answer((scenario) => workbench.run(scenario));
    if (p.kind === 'choice') expect(p.choices).toContain(answer);
    else expect(answer).toBeGreaterThan(0);
  });

  it('comes out as the papers and manuals say', () => {
    const answers = Object.fromEntries(
      Object.entries(lesson.predictions).map(([id, p]) => [
        id,
        p.answer((scenario) => workbench.run(scenario)),
      ]),
    );
    expect(answers).toEqual({
      'after-first-four': 'guest',
      'how-many': 24,
      'two-mib-guest': 19,
      'two-mib-host': 19,
      'table-write': 'ept-violation',
      'break-write': 'ept-violation',
    });
  });
});

describe('what the prose says of a state, the engine does:', () => {
  it('the first five references are four of EPT and one of the guest', () => {
    const tables = run('cold').references.map(({ table }) => table);
    expect(tables.slice(0, 5)).toEqual(['ept', 'ept', 'ept', 'ept', 'guest']);
    expect(tables.slice(-4)).toEqual(['ept', 'ept', 'ept', 'ept']);
  });

  it('the first leaf has R, W, X and memory type 6', () => {
    const leaf = entry('cold', 'ept', 1, 4);
    expect(leaf?.meaning).toBe('page');
    expect((leaf?.value ?? 0n) % 0x40n).toBe(0x37n);
  });

  it('the second row begins with entries already read', () => {
    const [first, second] = [entry('cold', 'ept', 4, 4), entry('cold', 'ept', 4, 3)];
    expect(second?.hpa).toBe(first?.hpa);
  });

  it('counts are those of the closed form', () => {
    const grid = (g: number, h: number): number => (g + 1) * (h + 1) - 1;
    expect(references('cold')).toBe(grid(4, 4));
    expect(references('native')).toBe(4);
    expect(references('large-guest')).toBe(grid(3, 4));
    expect(references('large-host')).toBe(grid(4, 3));
    expect(references('large-both')).toBe(grid(3, 3));
    expect(references('huge-both')).toBe(grid(2, 2));
    expect(references('five-levels')).toBe(grid(5, 5));
    expect(references('five-over-four')).toBe(grid(5, 4));
    expect(references('npt')).toBe(references('cold'));
  });

  it('a large guest page over small host pages is small in the TLB', () => {
    expect(outcome('large-guest')).toMatchObject({ guestPage: '2M', page: '4K' });
  });

  it('a first touch is a violation by a read, with nothing allowed, at the final page', () => {
    expect(outcome('violation')).toMatchObject({ result: 'ept-violation', qualification: 0x181 });
    expect(outcome('filled').result).toBe('ok');
  });

  it('the root table’s page missing differs in bit 8 and stops before the first guest entry', () => {
    expect(outcome('violation-table')).toMatchObject({ qualification: 0x81 });
    expect(run('violation-table').references.some(({ table }) => table === 'guest')).toBe(false);
  });

  it('a write without W: bits 1, 3, 5, 7, 8; and the guest’s leaf became dirty', () => {
    expect(outcome('read-only')).toMatchObject({ result: 'ept-violation', qualification: 0x1aa });
    const [store, ...others] = run('read-only').stores;
    expect(others).toEqual([]);
    const before = store?.before ?? 0n;
    expect(hasBit(before, 6)).toBe(false);
    expect(store?.value).toBe(flipBit(before, 6));
  });

  it('W without R is a misconfiguration', () => {
    expect(outcome('misconfig').result).toBe('ept-misconfiguration');
  });

  it('execute-only passes a fetch and refuses a read', () => {
    expect(outcome('execute-only').result).toBe('ok');
    expect(outcome('execute-only-read').result).toBe('ept-violation');
  });

  it('EPT’s accessed bit, set in the first row, is seen in the second', () => {
    const [first, second] = [entry('ad-on', 'ept', 4, 4), entry('ad-on', 'ept', 4, 3)];
    expect(hasBit(first?.value ?? 0n, 8)).toBe(false);
    expect(second?.value).toBe(flipBit(first?.value ?? 0n, 8));
    expect(references('ad-on')).toBe(references('cold'));
    expect(run('ad-on').stores.length).toBeGreaterThan(0);
  });

  it('a read-only table page: fine, unless EPT’s bits are on or the guest’s are to be set', () => {
    expect(outcome('table-read-only').result).toBe('ok');
    for (const state of ['table-read-only-ad', 'table-read-only-clean']) {
      const end = outcome(state);
      expect(end.result, state).toBe('ept-violation');
      if (end.result === 'ept-violation') expect(end.qualification % 4).toBe(0b11);
    }
    expect(run('table-read-only-clean').references.at(-1)).toMatchObject({
      table: 'guest',
      level: 1,
    });
  });

  it('NPT’s codes are those that kvm-unit-tests expect', () => {
    expect(outcome('npt-first-touch')).toMatchObject({ errorCode: 0x1_0000_0004n });
    expect(outcome('npt-supervisor')).toMatchObject({ errorCode: 0x1_0000_0005n });
    expect(outcome('npt-table-read-only')).toMatchObject({ errorCode: 0x2_0000_0007n });
  });

  it('the guest’s own faults stay the guest’s, and EPT comes before the judgement of an entry', () => {
    expect(outcome('page-fault')).toMatchObject({ result: 'page-fault', errorCode: 4 });
    expect(run('page-fault').references.some(({ row }) => row === 0)).toBe(false);
    expect(outcome('page-fault-write')).toMatchObject({ result: 'page-fault', errorCode: 7 });
    expect(outcome('both-missing').result).toBe('ept-violation');
  });

  it('two addresses of the Linux guest end in one frame by the same EPT entries', () => {
    const last = (state: string): bigint[] =>
      run(state)
        .references.filter(({ row }) => row === 0)
        .map(({ hpa }) => hpa);
    expect(outcome('linux')).toMatchObject({ result: 'ok' });
    expect(outcome('linux-alias')).toEqual(outcome('linux'));
    expect(last('linux-alias')).toEqual(last('linux'));
  });

  it('the other corners of the Linux guest are what they are called', () => {
    expect(outcome('linux-thp')).toMatchObject({ result: 'ok', guestPage: '2M' });
    expect(outcome('linux-kernel')).toMatchObject({ result: 'ok', guestPage: '2M' });
    expect(outcome('linux-module')).toMatchObject({ result: 'ok', guestPage: '4K' });
    expect(outcome('linux-espfix')).toMatchObject({ result: 'ok', guestPage: '4K' });
  });

  it('the Linux guest has 74,021 mappings, 65,536 of them of one page, 64 KiB apart', () => {
    const byPage = new Map<bigint, bigint[]>();
    let count = 0;
    for (const { gva, gpa } of workbench.mappings(scenarioOf(lesson, 'linux').machine)) {
      count++;
      const all = byPage.get(gpa);
      if (all === undefined) byPage.set(gpa, [gva]);
      else all.push(gva);
    }
    expect(count).toBe(74_021);
    const end = outcome('linux-espfix');
    // All but the one in the linear map.
    const repeated = (byPage.get(end.result === 'ok' ? (end.gpa ?? 0n) : 0n) ?? []).filter(
      (gva) => gva / 0x1_0000_0000n === 0xffff_ff14n,
    );
    expect(repeated).toHaveLength(65_536);
    expect(new Set(repeated.slice(1).map((gva, i) => gva - (repeated[i] ?? 0n)))).toEqual(
      new Set([0x1_0000n]),
    );
  });
});
