import type { Reference } from '@pagewalk/engine';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import type { ExerciseGenerator, ExerciseItem, Locale, Run } from '../schema.ts';
import {
  actionOf,
  drawAccess,
  drawBroken,
  drawMachine,
  drawRead,
  drawUntil,
  isShared,
  scenarioFor,
} from './draw.ts';
import type { Broken, Mode } from './draw.ts';
import { PAGES } from './pages.ts';
import {
  bitsOf,
  bitsOfLevel,
  codeOf,
  explain,
  find,
  hex,
  isCode,
  isResult,
  nameOf,
  rowsOf,
  stepsOf,
} from './reading.ts';
import { en } from './words.en.ts';
import { zh } from './words.zh.ts';
import { tableName } from './words.ts';
import type { BitChange, CodeName, ResultName, Words } from './words.ts';

/**
 * Exercises on one walk. A form draws a machine, an access and perhaps one changed
 * entry; the engine walks; the answer and the worked solution are read off the evidence.
 */

const WORDS: Record<Locale, Words> = { en, zh };

/** What a form makes of its draw; the rest of an item is the same for all. */
type Draft = Pick<ExerciseItem, 'question' | 'answer' | 'solution' | 'scenario'> &
  Partial<Pick<ExerciseItem, 'choices' | 'unit'>>;

interface Tools {
  rng: Random;
  run: Run;
  words: Words;
  /** Of these kinds of paging, those that the series is about. */
  among: <M extends Mode>(modes: readonly M[]) => readonly M[];
  /** Joins sentences as the language does. */
  join: (...sentences: string[]) => string;
}

type Form = (tools: Tools) => Draft;

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const numbered = (items: readonly string[]): string =>
  items.map((item, index) => `${index + 1}. ${item}`).join('\n');

const paragraphs = (...parts: string[]): string => parts.join('\n\n');

const count: Form = ({ rng, run, words, join, among }) => {
  const scenario = drawRead(rng, among(['native', 'ept', 'ept', 'ept', 'npt']));
  const { machine, access } = scenario;
  const walk = run(scenario);
  const total = walk.references.length;
  const rows = rowsOf(walk).map(([row, all]) => {
    const guest = all.filter(({ table }) => table === 'guest').length;
    return { row, nested: all.length - guest, guest };
  });
  const sum = `${rows.map(({ nested, guest }) => nested + guest).join(' + ')} = ${total}`;
  const solution =
    machine.mode === 'native'
      ? list([words.countNative(total)])
      : paragraphs(
          list(
            rows.map(({ row, nested, guest }) =>
              words.countRow(row, machine.mode.toUpperCase(), nested, guest),
            ),
          ),
          words.countSum(sum),
        );
  return {
    question: paragraphs(join(words.machine(machine), words.access(access)), words.askCount),
    answer: String(total),
    unit: words.unit,
    solution,
    scenario,
  };
};

const ordinal: Form = ({ rng, run, words, join }) => {
  const scenario = drawRead(rng, ['ept', 'npt']);
  const { machine, access } = scenario;
  // Not the first: that one is read off without thinking.
  const walk = run(scenario);
  const reference = rng.pick(walk.references.slice(1));
  const name = nameOf(words, reference, machine);
  const rows = rowsOf(walk).map(([row, all]) =>
    words.numberRow(
      row,
      all.map(({ table, level, index }) => `${words.table(table)} ${level} → ${index + 1}`),
    ),
  );
  return {
    question: paragraphs(
      join(words.machine(machine), words.access(access)),
      words.askOrdinal(name),
    ),
    answer: String(reference.index + 1),
    solution: paragraphs(list(rows), words.ordinal(reference.index, name, reference.index + 1)),
    scenario,
  };
};

const slot: Form = ({ rng, run, words, join, among }) => {
  const scenario = drawRead(rng, among(['native', 'ept', 'npt']));
  const { machine } = scenario;
  const native = machine.mode === 'native';
  const { references } = run(scenario);
  // The guest's memory is small and most upper slots are 0: nothing to work out.
  const fit = references.filter((reference) => reference.slot > 0);
  const reference = rng.pick(fit);
  const address = hex(reference.translates);
  const [hi, lo] = bitsOfLevel(reference.level);
  const question =
    reference.table === 'guest'
      ? words.askSlotOfGuest(reference.level, address, native)
      : words.askSlotOfNested(reference.level, tableName(reference.table), address);
  const binary = reference.slot.toString(2).padStart(9, '0');
  return {
    question: paragraphs(join(words.machine(machine)), question),
    answer: String(reference.slot),
    solution: words.slot(hi, lo, address, binary, reference.slot),
    scenario,
  };
};

/** Entries as a table, in order of address. */
function entriesTable(words: Words, references: readonly Reference[]): string {
  const entries = new Map(references.map(({ hpa, value }) => [hpa, value]));
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const [address, entry] = words.entriesHeader;
  return [
    `| ${address} | ${entry} |`,
    '| --- | --- |',
    ...sorted.map(([at, value]) => `| \`${hex(at)}\` | \`${hex(value)}\` |`),
  ].join('\n');
}

function steps(words: Words, references: readonly Reference[]): string[] {
  return references.map(({ level, slot: index, hpa, value, target, page }) => {
    const [hi, lo] = bitsOfLevel(level);
    const step = page === null ? words.stepTable : words.stepPage;
    return step(level, hi, lo, index, hex(hpa), hex(value), hex(target));
  });
}

const translate: Form = ({ rng, run, words, join, among }) => {
  // At least three steps: less is read off at a glance.
  const { scenario, walk, row, path } = drawUntil(() => {
    const drawn = drawRead(rng, among(['native', 'ept', 'npt']));
    const scenario = { ...drawn, machine: { ...drawn.machine, ad: false } };
    const walk = run(scenario);
    const row =
      scenario.machine.mode === 'native' ? null : rng.pick(rowsOf(walk).map(([level]) => level));
    const path = stepsOf(walk, row);
    return path.length >= 3 ? { scenario, walk, row, path } : undefined;
  });
  const { machine, access } = scenario;
  const native = row === null;
  // Entries of another page of the same machine, so that there is something to choose from.
  const other = rng.pick(
    PAGES.filter(({ gva }) => gva - (gva % 4096n) !== access.gva - (access.gva % 4096n)),
  );
  const elsewhere = run(scenarioFor(machine, { gva: other.gva, kind: 'read', cpl: 0 }));
  const served = walk.references.find(({ table, level }) => table === 'guest' && level === row);
  const [first, leaf] = [path[0], path.at(-1)];
  if (first === undefined || leaf === undefined || walk.outcome.result !== 'ok') {
    throw new Error('a read of a mapped page failed');
  }
  const address = first.translates;
  const answer = !native && served !== undefined ? served.hpa : walk.outcome.hpa;
  const root = hex(first.hpa - BigInt(first.slot * 8));
  const question = native
    ? words.askTranslateNative(root, hex(address))
    : words.askTranslateNested(root, tableName(first.table), machine.hostLevels, hex(address));
  const width = bitsOfLevel(leaf.level)[1];
  const offset = hex(answer - leaf.target);
  return {
    question: paragraphs(
      join(words.machine(machine)),
      question,
      entriesTable(words, [...path, ...stepsOf(elsewhere, row)]),
    ),
    answer: hex(answer),
    solution: numbered([...steps(words, path), words.stepOffset(width, offset, hex(answer))]),
    scenario,
  };
};

function situation({ words, join }: Tools, { scenario, page, edit }: Broken): string {
  const { machine, access } = scenario;
  return paragraphs(
    words.machine(machine),
    join(words.access(access), words.page(page)),
    words.change(edit.entry, edit.change, machine.mode === 'native'),
  );
}

const name: Form = (tools) => {
  const { words, rng } = tools;
  const mode = rng.pick(['ept', 'ept', 'npt'] as const);
  // One result drawn first, so that all come up about as often.
  const wanted = rng.pick<ResultName>(
    mode === 'ept'
      ? ['ok', 'page-fault', 'ept-violation', 'ept-misconfiguration']
      : ['ok', 'page-fault', 'nested-page-fault'],
  );
  const drawn = drawBroken(rng, tools.run, [mode], (result) => result === wanted);
  const { outcome } = drawn.walk;
  if (!isResult(outcome.result, words)) throw new Error(`no words for ${outcome.result}`);
  const choices: ResultName[] =
    mode === 'ept'
      ? ['page-fault', 'ept-violation', 'ept-misconfiguration', 'ok']
      : ['page-fault', 'nested-page-fault', 'ok'];
  const answer = words.results[outcome.result];
  return {
    question: paragraphs(situation(tools, drawn), words.askResult),
    choices: choices.map((choice) => words.results[choice]),
    answer,
    solution: paragraphs(
      explain(words, tools.join, drawn.scenario, drawn.walk),
      words.resultIs(answer),
    ),
    scenario: drawn.scenario,
  };
};

const code: Form = (tools) => {
  const { words, rng } = tools;
  const modes: Record<CodeName, readonly Mode[]> = {
    'page-fault': ['native', 'ept', 'npt'],
    'ept-violation': ['ept'],
    'nested-page-fault': ['npt'],
  };
  const wanted = rng.pick(
    (Object.keys(modes) as CodeName[]).filter((name) => tools.among(modes[name]).length > 0),
  );
  const drawn = drawBroken(
    rng,
    tools.run,
    tools.among(modes[wanted]),
    (result) => result === wanted,
  );
  const { result } = drawn.walk.outcome;
  if (!isCode(result)) throw new Error(`no code for ${result}`);
  const answer = codeOf(drawn.walk);
  const bits = bitsOf(answer).map((bit) => words.bitOf[result][bit] ?? String(bit));
  const decoded = bits.length > 0 ? [words.codeBits(hex(answer), bits)] : [];
  return {
    question: paragraphs(situation(tools, drawn), words.askCode[result]),
    answer: hex(answer),
    solution: paragraphs(explain(words, tools.join, drawn.scenario, drawn.walk), ...decoded),
    scenario: drawn.scenario,
  };
};

const tlb: Form = ({ rng, run, words, join }) => {
  const scenario = drawRead(rng, ['ept', 'npt']);
  const { outcome } = run(scenario);
  if (outcome.result !== 'ok' || outcome.hostPage === null) {
    throw new Error('a read of a mapped page failed');
  }
  const answer = words.size(outcome.page);
  return {
    question: paragraphs(
      join(words.machine(scenario.machine), words.access(scenario.access)),
      words.askTlb,
    ),
    choices: (['4K', '2M', '1G'] as const).map((size) => words.size(size)),
    answer,
    solution: words.tlb(words.size(outcome.guestPage), words.size(outcome.hostPage), answer),
    scenario,
  };
};

const after: Form = (tools) => {
  const { rng, run, words } = tools;
  const drawn = drawUntil(() => {
    const machine = drawMachine(rng, tools.among(['native', 'ept', 'ept', 'npt']));
    const page = rng.pick(PAGES);
    const access = drawAccess(rng, page, page.writable ? rng.pick(['read', 'write']) : 'fetch');
    const intact = run(scenarioFor(machine, access));
    const target = rng.pick(intact.references);
    const entry = { table: target.table, level: target.level, row: target.row };
    const leaf = target.meaning === 'page';
    // Any use sets A, but whether a shared leaf becomes dirty hangs on who shares it.
    if (leaf && isShared(target, intact)) return undefined;
    // The host makes NPT entries with A and D set, the guest's have A: there is little to see then.
    const change: BitChange = { bits: leaf && entry.table === 'npt' ? 'A+D' : 'A', to: 0 };
    const edit = entry.table !== 'ept' && rng.below(4) > 0 ? { entry, change } : undefined;
    const scenario = scenarioFor(machine, access, edit === undefined ? [] : [actionOf(edit)]);
    const walk = run(scenario);
    return walk.outcome.result === 'ok' ? { scenario, page, entry, edit, walk } : undefined;
  });
  const { scenario, page, entry, edit, walk } = drawn;
  const { machine, access } = scenario;
  const native = machine.mode === 'native';
  const { hpa } = find(walk, entry);
  // The same entry may serve several rows and be updated by the first, which read it as it was.
  const before = walk.references.filter((reference) => reference.hpa === hpa)[0]?.value ?? 0n;
  const stores = walk.stores.filter((store) => store.hpa === hpa);
  const answer = stores.at(-1)?.value ?? before;
  const rule =
    entry.table === 'guest'
      ? words.ruleGuest
      : entry.table === 'npt'
        ? words.ruleNpt
        : machine.ad
          ? words.ruleEptOn
          : words.ruleEptOff;
  const changed = edit === undefined ? [] : [words.change(edit.entry, edit.change, native)];
  return {
    question: paragraphs(
      words.machine(machine),
      tools.join(words.access(access), words.page(page)),
      ...changed,
      words.askAfter(words.entry(entry, native), hex(before)),
    ),
    answer: hex(answer),
    solution: paragraphs(
      rule,
      stores.length === 0
        ? words.notStored(hex(answer))
        : list(stores.map((store) => words.stored(hex(store.before), hex(store.value)))),
    ),
    scenario,
  };
};

/** The question forms, by name; a series goes through all of its own before one comes again. */
export const FORMS = { count, ordinal, slot, translate, name, code, tlb, after } as const;
export type FormName = keyof typeof FORMS;

/** The exercises of a lesson: these forms, about these kinds of paging. */
export function series(
  lesson: string,
  names: readonly FormName[],
  modes: readonly Mode[],
): ExerciseGenerator {
  const forms: readonly Form[] = names.map((name) => FORMS[name]);
  return (seed, n, locale, run) => {
    const start = random(seed).below(forms.length);
    const form = forms[(start + n) % forms.length] as Form;
    const join = (...sentences: string[]): string => sentences.join(locale === 'zh' ? '' : ' ');
    const draft = form({
      rng: random(seed, n),
      run,
      words: WORDS[locale],
      join,
      among: (some) => some.filter((mode) => modes.includes(mode)),
    });
    return { lesson, seed, n, ...draft };
  };
}
