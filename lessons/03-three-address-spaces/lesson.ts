import { defineLesson } from '../define.ts';
import type { Counter } from '@pagewalk/engine';
import type { Read, RunLesson } from '../schema.ts';
import { DEVICE, TWO } from './scenarios.ts';
import { RESIDENT } from './tasks.ts';

const between =
  (before: string, state: string, counter: Counter) =>
  (read: Read): number =>
    read(state).view.counters[counter] - read(before).view.counters[counter];
const grown = (before: string, state: string, counter: Counter) => ({
  state,
  of: between(before, state, counter),
});
/** Pages of a guest's process that the host holds in memory. */
const resident = (read: Read, state: string, guest: number): number =>
  read(state).host.guests[guest]?.resident ?? 0;
/** The pages that a process of a guest maps. */
const pages = (read: Read, state: string, guest: number, process = 0) =>
  read(state).view.guests[guest]?.spaces[process] ?? [];
const frames = (read: Read, state: string): string[] => [
  ...new Set(
    [0, 1].flatMap((guest) =>
      pages(read, state, guest).flatMap(({ hpa }) => (hpa === null ? [] : [String(hpa)])),
    ),
  ),
];

const at = (mark: string, scenario = 'two') => ({ scenario, at: { mark } });

const lesson: RunLesson = defineLesson({
  figure: 'run',
  id: 'three-address-spaces',
  picture: 'spaces',
  scenarios: { two: TWO, device: DEVICE },

  states: {
    mapped: at('mapped'),
    started: at('started'),
    'first-touch': at('first-touch'),
    scattered: at('scattered'),
    apart: at('apart'),
    alias: at('alias'),
    taken: at('taken'),
    'given-again': at('given-again'),
    memory: at('memory', 'device'),
    device: at('device', 'device'),
  },

  predictions: {
    'after-touch': {
      kind: 'number',
      state: 'first-touch',
      holdAt: { mark: 'mapped' },
      answer: (read) => resident(read, 'first-touch', 0) - resident(read, 'mapped', 0),
    },
    'same-frame': {
      kind: 'choice',
      state: 'scattered',
      holdAt: { mark: 'first-touch' },
      choices: ['one', 'two', 'none'],
      answer: (read) => {
        const [a, b] = [0, 1].map(
          (guest) => pages(read, 'scattered', guest).find(({ gva }) => gva === 0x1_0000n)?.hpa,
        );
        if (a === undefined || b === undefined || a === null || b === null) return 'none';
        return a === b ? 'one' : 'two';
      },
    },
    alias: {
      kind: 'choice',
      state: 'alias',
      holdAt: { mark: 'apart' },
      choices: ['new-frame', 'same-frame', 'fault'],
      answer: (read) => {
        if (between('apart', 'alias', 'guest_faults')(read) > 0) return 'fault';
        const first = pages(read, 'alias', 0).find(({ gva }) => gva === 0x1_0000n);
        const [second] = pages(read, 'alias', 0, 1);
        return second?.hpa === first?.hpa ? 'same-frame' : 'new-frame';
      },
    },
    'no-memory': {
      kind: 'choice',
      state: 'device',
      holdAt: { mark: 'memory' },
      choices: ['guest-fault', 'exit', 'zero'],
      answer: (read) => {
        if (between('memory', 'device', 'guest_faults')(read) > 0) return 'guest-fault';
        return between('memory', 'device', 'exits')(read) > 0 ? 'exit' : 'zero';
      },
    },
  },

  values: {
    promised: { state: 'started', of: (read) => read('started').host.guests[0]?.frames ?? 0 },
    'resident-first': { state: 'started', of: (read) => resident(read, 'started', 0) },
    'touch-exits': grown('mapped', 'first-touch', 'exits'),
    'touch-frames': {
      state: 'first-touch',
      of: (read) => resident(read, 'first-touch', 0) - resident(read, 'mapped', 0),
    },
    'frames-used': { state: 'scattered', of: (read) => frames(read, 'scattered').length },
    'frames-after-writes': { state: 'apart', of: (read) => frames(read, 'apart').length },
    'frames-given-back': {
      state: 'taken',
      of: (read) => resident(read, 'alias', 0) - resident(read, 'taken', 0),
    },
    'again-exits': grown('taken', 'given-again', 'exits'),
    'device-exits': grown('memory', 'device', 'exits'),
    'device-emulated': grown('memory', 'device', 'pf_emulate'),
    'resident-end': { state: 'given-again', of: (read) => resident(read, 'given-again', 0) },
  },

  tasks: { resident: RESIDENT },
});

export default lesson;
