import { random } from '../random.ts';
import type { Random } from '../random.ts';
import { phasesOf } from '../runs/phases.ts';
import type { Action, Draft, Machine } from '../runs/phases.ts';
import type { RunExerciseGenerator, RunScenario } from '../schema.ts';
import { WORDS } from './words.ts';
import type { Fate, Words } from './words.ts';

/** Exercises on the four address spaces: the engine gives the frames. */

interface Tools {
  rng: Random;
  run: RunScenario;
  words: Words;
}

const BASE = 0x10;
const ALIAS = 0x60;
const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
const number = (page: number): string => page.toString(16);
const gvaOf = (page: number): string => hex(page * 4096);
const of = (guest: string, process = 1) => ({ guest, process: `${guest}${process}` });

const machineOf = (guests: readonly string[]): Machine => ({
  host: { memory: '64M' },
  mmu: { mode: 'ept', vpid: true },
  tlb: 'none',
  guests: guests.map((name) => ({ name, memory: '8M' })),
});
const mapped = (guests: readonly string[], pages: number): Action[] =>
  guests.flatMap((guest): Action[] => [
    { do: 'process', guest, name: `${guest}1` },
    { do: 'map', ...of(guest), gva: gvaOf(BASE), pages, flags: 'rwu' },
  ]);
const write = (guest: string, page: number): Action => ({
  do: 'access',
  ...of(guest),
  gva: gvaOf(page),
  kind: 'write',
});

/** Pages that are touched, some of them twice, one by two addresses. */
function frames({ rng, run, words }: Tools): Draft {
  const guests = ['a', 'b'].slice(0, 1 + rng.below(2));
  const count = 3 + rng.below(4);
  const machine = machineOf(guests);
  const touches = Array.from({ length: 4 + rng.below(3) }, () => ({
    guest: rng.pick(guests),
    page: BASE + rng.below(count),
  }));
  const lines = touches.map(({ guest, page }) => words.touch(guest, number(page)));
  const actions = [
    ...mapped(guests, count),
    ...touches.map(({ guest, page }) => write(guest, page)),
  ];
  const first = touches.find(({ guest }) => guest === 'a');
  if (first !== undefined && rng.below(2) === 1) {
    const before = run({ machine, actions }).view.guests[0]?.spaces[0] ?? [];
    const gpa = before.find(({ gva }) => gva === BigInt(first.page * 4096))?.gpa ?? 0n;
    lines.push(words.alias(number(first.page), number(ALIAS)));
    actions.push(
      { do: 'process', guest: 'a', name: 'a2' },
      { do: 'map', ...of('a', 2), gva: gvaOf(ALIAS), gpa: hex(gpa), flags: 'rwu' },
      { do: 'access', ...of('a', 2), gva: gvaOf(ALIAS), kind: 'read' },
    );
  }
  const found = new Set(
    run({ machine, actions }).view.guests.flatMap(({ spaces }) =>
      spaces.flat().flatMap(({ hpa }) => (hpa === null ? [] : [hpa])),
    ),
  );
  const touched = [...new Set(touches.map(({ guest, page }) => `${guest} ${number(page)}`))];
  return {
    question: words.frames(guests.length, count, lines.join('\n')),
    answer: String(found.size),
    unit: words.unit,
    solution: words.framesWhy(touched, found.size),
    scenario: { machine, actions },
  };
}

/** An address by hand, from page to frame. */
function translate({ rng, run, words }: Tools): Draft {
  const guests = ['a', 'b'];
  const count = 4;
  const machine = machineOf(guests);
  // By turns, so that frames are in no order.
  const order = Array.from({ length: 6 }, (_, index): Action =>
    write(guests[index % 2] ?? 'a', BASE + rng.below(count)),
  );
  const wanted = BASE + rng.below(count);
  const actions = [...mapped(guests, count), ...order, write('a', wanted)];
  const pages = run({ machine, actions }).view.guests[0]?.spaces[0] ?? [];
  const page = pages.find(({ gva }) => gva === BigInt(wanted * 4096));
  const hpa = page?.hpa ?? 0n;
  const offset = BigInt(8 * (1 + rng.below(511)));
  const rows = pages
    .map(
      (each) =>
        `| \`${hex(each.gva)}\` | \`${hex(each.gpa)}\` | ${each.hpa === null ? words.noFrame : `\`${hex(each.hpa)}\``} |`,
    )
    .join('\n');
  const address = hex(BigInt(wanted * 4096) + offset);
  const sum = hex(hpa + offset);
  return {
    question: words.translate(rows, ['GVA', 'GPA', 'HPA'], `\`${address}\``),
    answer: sum,
    solution: words.translateWhy(
      number(wanted),
      ((page?.gpa ?? 0n) / 4096n).toString(16),
      `\`${hex(hpa)}\``,
      `\`${hex(offset)}\``,
      `\`${sum}\``,
    ),
    scenario: { machine, actions },
  };
}

/** What comes of one access. */
function fate({ rng, run, words }: Tools): Draft {
  const act = rng.pick<Fate>(['nothing', 'frame', 'device', 'guest-fault']);
  const count = 2 + rng.below(4);
  const page = BASE + rng.below(count);
  const machine = machineOf(['a']);
  const elsewhere = BASE + count + 2;
  const acts: Record<Fate, { page: number; before: Action[]; last: Action }> = {
    nothing: { page, before: [write('a', page)], last: write('a', page) },
    frame: { page, before: [], last: write('a', page) },
    device: {
      page: elsewhere,
      before: [
        { do: 'map', ...of('a'), gva: gvaOf(elsewhere), gpa: '0xc00000', flags: 'rwu' },
        write('a', BASE),
      ],
      last: { do: 'access', ...of('a'), gva: gvaOf(elsewhere), kind: 'read' },
    },
    'guest-fault': {
      page: elsewhere,
      before: [write('a', BASE)],
      last: { do: 'access', ...of('a'), gva: gvaOf(elsewhere), kind: 'read' },
    },
  };
  const { before, last, page: said } = acts[act];
  const begin = [...mapped(['a'], count), ...before];
  const by = (counter: 'guest_faults' | 'pf_emulate' | 'pf_fixed'): number =>
    phasesOf(run, machine, begin, [[last]], counter)[0] ?? 0;
  const found: Fate =
    by('guest_faults') > 0
      ? 'guest-fault'
      : by('pf_emulate') > 0
        ? 'device'
        : by('pf_fixed') > 0
          ? 'frame'
          : 'nothing';
  return {
    question: words.fate(words.acts[act](number(said))),
    choices: Object.values(words.fates),
    answer: words.fates[found],
    solution: words.why[found],
    scenario: { machine, actions: [...begin, last] },
  };
}

const FORMS = [frames, fate, translate];

export const exercise: RunExerciseGenerator = (seed, n, locale, run) => {
  const rng = random(seed, n);
  const form = FORMS[n % FORMS.length] ?? frames;
  return { lesson: 'three-address-spaces', seed, n, ...form({ rng, run, words: WORDS[locale] }) };
};
