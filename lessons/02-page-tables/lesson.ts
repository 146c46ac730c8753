import type { WalkAction } from '@pagewalk/engine';
import { defineLesson, scenarioOf } from '../define.ts';
import { START } from '../walks/start.ts';
import type { Run, WalkLesson } from '../schema.ts';
import { PAGE_SIZE } from './tasks.ts';

// Bits of an entry, as the manual names them (Intel SDM vol. 3, 4.5).
const P = 0x1n;
const RW = 0x2n;
const XD = 0x8000_0000_0000_0000n;
/** An address bit beyond what the processor has. */
const BIT_51 = 0x8_0000_0000_0000n;
/** Another frame in the same place. */
const FRAME = 0x1_0000n;

const CODE = 0x40_1136n;
const KERNEL = 0xffff_8880_0123_4040n;

type Change = { set: bigint } | { clear: bigint };
/** On bare metal the row of an entry is its level. */
const edit = (level: number, change: Change): WalkAction[] => [
  { do: 'edit', entry: { table: 'guest', level, row: level }, ...change },
];

const references =
  (state: string) =>
  (run: Run): number =>
    run(scenarioOf(lesson, state)).references.length;
const result =
  (state: string) =>
  (run: Run): string =>
    run(scenarioOf(lesson, state)).outcome.result;

const lesson: WalkLesson = defineLesson({
  figure: 'walk',
  id: 'page-tables',
  start: { machine: { ...START.machine, mode: 'native' }, actions: [], access: START.access },

  states: {
    // One walk, as it goes.
    cold: { at: 0 },
    'first-read': { at: 1 },
    'second-read': { at: 2 },
    translated: { at: 'end' },

    // One address, two sets of tables.
    'one-program': { access: { gva: CODE, kind: 'fetch' }, at: 'end' },
    'other-program': {
      actions: edit(1, { set: FRAME }),
      access: { gva: CODE, kind: 'fetch' },
      at: 'end',
    },

    // Other sizes, another depth.
    'large-page': { machine: { guestPage: '2M' }, at: 'end' },
    'huge-page': { machine: { guestPage: '1G' }, at: 'end' },
    'five-levels': { machine: { levels: 5 }, at: 'end' },

    // What a walk leaves behind.
    written: { access: { kind: 'write' }, at: 'end' },

    // Faults.
    'not-present': { actions: edit(1, { clear: P }), at: 'end' },
    'no-table': { actions: edit(3, { clear: P }), at: 'end' },
    'read-only': { actions: edit(1, { clear: RW }), access: { kind: 'write' }, at: 'end' },
    'read-only-above': { actions: edit(3, { clear: RW }), access: { kind: 'write' }, at: 'end' },
    'code-written': { access: { gva: CODE, kind: 'write' }, at: 'end' },
    'data-fetched': { access: { kind: 'fetch' }, at: 'end' },
    'code-not-executable': {
      actions: edit(1, { set: XD }),
      access: { gva: CODE, kind: 'fetch' },
      at: 'end',
    },
    'kernel-read': { access: { gva: KERNEL, kind: 'read' }, at: 'end' },
    reserved: { actions: edit(2, { set: BIT_51 }), at: 'end' },
    'non-canonical': { access: { gva: 0x8000_0000_0000n, kind: 'read' }, at: 'end' },
  },

  predictions: {
    'how-many': { kind: 'number', state: 'cold', holdAt: 1, answer: references('cold') },
    'two-mib': { kind: 'number', state: 'large-page', holdAt: 0, answer: references('large-page') },
    above: {
      kind: 'choice',
      state: 'read-only-above',
      holdAt: 1,
      choices: ['ok', 'page-fault', 'general-protection'],
      answer: result('read-only-above'),
    },
    'error-code': {
      kind: 'number',
      state: 'code-written',
      holdAt: 0,
      answer: (run) => {
        const { outcome } = run(scenarioOf(lesson, 'code-written'));
        return outcome.result === 'page-fault' ? outcome.errorCode : -1;
      },
    },
    hole: {
      kind: 'choice',
      state: 'non-canonical',
      holdAt: 0,
      choices: ['page-fault', 'general-protection', 'ok'],
      answer: result('non-canonical'),
    },
  },

  tasks: { 'page-size': PAGE_SIZE },
});

export default lesson;
