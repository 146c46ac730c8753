import type { Translation } from '@pagewalk/engine';
import { defineLesson, scenarioOf } from '../define.ts';
import { START } from '../walks/start.ts';
import type { Run, WalkLesson } from '../schema.ts';
import { COUNT_EPT } from './tasks.ts';

// Bits of entries, by the names that the manuals give them.
const EPT_R = 0x1n;
const EPT_W = 0x2n;
const EPT_RW = 0x3n;
const EPT_RWX = 0x7n;
const P = 0x1n;
const RW = 0x2n;
const US = 0x4n;
const A = 0x20n;

const CODE = 0x40_1136n;

/** The walk of a state, as the engine makes it. */
const walk = (run: Run, state: string): Translation => run(scenarioOf(lesson, state));

const references =
  (state: string) =>
  (run: Run): number =>
    walk(run, state).references.length;

const result =
  (state: string) =>
  (run: Run): string =>
    walk(run, state).outcome.result;

const lesson: WalkLesson = defineLesson({
  figure: 'walk',
  id: 'ept-and-npt',
  start: { ...START, actions: [] },

  states: {
    // One walk, as it goes.
    cold: { at: 0 },
    'first-ept-read': { at: 1 },
    'first-four': { at: 4 },
    'first-guest-entry': { at: 5 },
    'second-row': { at: 10 },
    'last-row': { at: 20 },
    translated: { at: 'end' },

    // The same address on other machines.
    native: { machine: { mode: 'native' }, at: 'end' },
    'large-guest': { machine: { guestPage: '2M' }, at: 'end' },
    'large-host': { machine: { hostPage: '2M' }, at: 'end' },
    'large-both': { machine: { guestPage: '2M', hostPage: '2M' }, at: 'end' },
    'huge-both': { machine: { guestPage: '1G', hostPage: '1G' }, at: 'end' },
    'five-levels': { machine: { levels: 5, hostLevels: 5 }, at: 'end' },
    'five-over-four': { machine: { levels: 5 }, at: 'end' },

    // Who fills the table.
    violation: { machine: { backed: false }, at: 'end' },
    filled: { machine: { backed: false }, actions: [{ do: 'fill', gpa: 0x60_3a58n }], at: 'end' },
    'violation-table': {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 4 }, clear: EPT_RWX }],
      at: 'end',
    },

    // Entries that refuse.
    'read-only': {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: EPT_W }],
      access: { kind: 'write' },
      at: 'end',
    },
    misconfig: {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: EPT_R }],
      at: 'end',
    },
    'execute-only': {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: EPT_RW }],
      access: { gva: CODE, kind: 'fetch' },
      at: 'end',
    },
    'execute-only-read': {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 0 }, clear: EPT_RW }],
      access: { gva: CODE, kind: 'read' },
      at: 'end',
    },

    // Accessed and dirty.
    'ad-on': { machine: { ad: true }, at: 'end' },
    'table-read-only': {
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 4 }, clear: EPT_W }],
      at: 'end',
    },
    'table-read-only-ad': {
      machine: { ad: true },
      actions: [{ do: 'edit', entry: { table: 'ept', level: 1, row: 4 }, clear: EPT_W }],
      at: 'end',
    },
    'table-read-only-clean': {
      actions: [
        { do: 'edit', entry: { table: 'ept', level: 1, row: 4 }, clear: EPT_W },
        { do: 'edit', entry: { table: 'guest', level: 4, row: 4 }, clear: A },
      ],
      at: 'end',
    },

    // AMD.
    npt: { machine: { mode: 'npt' }, at: 'end' },
    'npt-first-touch': { machine: { mode: 'npt', backed: false }, at: 'end' },
    'npt-supervisor': {
      machine: { mode: 'npt' },
      actions: [{ do: 'edit', entry: { table: 'npt', level: 1, row: 0 }, clear: US }],
      at: 'end',
    },
    'npt-table-read-only': {
      machine: { mode: 'npt' },
      actions: [{ do: 'edit', entry: { table: 'npt', level: 1, row: 4 }, clear: RW }],
      at: 'end',
    },

    // The guest's own business.
    'page-fault': {
      actions: [{ do: 'edit', entry: { table: 'guest', level: 1, row: 1 }, clear: P }],
      at: 'end',
    },
    'page-fault-write': { access: { gva: CODE, kind: 'write' }, at: 'end' },
    'both-missing': {
      actions: [
        { do: 'edit', entry: { table: 'guest', level: 1, row: 1 }, clear: P },
        { do: 'edit', entry: { table: 'ept', level: 1, row: 1 }, clear: EPT_RWX },
      ],
      at: 'end',
    },

    // A guest that ran. One frame of it, by three addresses; then other corners.
    linux: {
      machine: { guest: 'linux' },
      access: { gva: 0x40_1136n, kind: 'fetch', cpl: 3 },
      at: 'end',
    },
    'linux-alias': {
      machine: { guest: 'linux' },
      access: { gva: 0xffff_8972_4930_d136n, kind: 'read', cpl: 0 },
      at: 'end',
    },
    'linux-thp': {
      machine: { guest: 'linux' },
      access: { gva: 0x7faf_d880_1a58n, kind: 'write', cpl: 3 },
      at: 'end',
    },
    'linux-kernel': {
      machine: { guest: 'linux' },
      access: { gva: 0xffff_ffff_8780_0000n, kind: 'fetch', cpl: 0 },
      at: 'end',
    },
    'linux-module': {
      machine: { guest: 'linux' },
      access: { gva: 0xffff_ffff_c01b_7000n, kind: 'fetch', cpl: 0 },
      at: 'end',
    },
    'linux-espfix': {
      machine: { guest: 'linux' },
      access: { gva: 0xffff_ff14_0000_d000n, kind: 'read', cpl: 0 },
      at: 'end',
    },
  },

  predictions: {
    'after-first-four': {
      kind: 'choice',
      state: 'cold',
      holdAt: 4,
      choices: ['ept', 'guest', 'data'],
      answer: (run) => {
        const fifth = walk(run, 'cold').references[4];
        if (fifth === undefined) return 'data';
        return fifth.table === 'guest' ? 'guest' : 'ept';
      },
    },
    'how-many': { kind: 'number', state: 'cold', holdAt: 10, answer: references('cold') },
    'two-mib-guest': {
      kind: 'number',
      state: 'large-guest',
      holdAt: 0,
      answer: references('large-guest'),
    },
    'two-mib-host': {
      kind: 'number',
      state: 'large-host',
      holdAt: 0,
      answer: references('large-host'),
    },
    'table-write': {
      kind: 'choice',
      state: 'table-read-only-ad',
      holdAt: 3,
      choices: ['ok', 'ept-violation', 'page-fault'],
      answer: result('table-read-only-ad'),
    },
    'break-write': {
      kind: 'choice',
      state: 'read-only',
      holdAt: 20,
      choices: ['page-fault', 'ept-violation', 'ept-misconfiguration', 'ok'],
      answer: result('read-only'),
    },
  },

  tasks: { 'count-ept': COUNT_EPT },
});

export default lesson;
