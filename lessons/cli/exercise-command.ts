import { Run, Workbench, hostViewOf, readScenario, viewOf } from '@pagewalk/engine';
import type { Command } from '@pagewalk/engine/cli';
import { UsageError, defineCommand, write } from '@pagewalk/engine/cli';
import { LiveConsole, teachingHost } from '@pagewalk/engine/console';
import { loadEngine, loadKvm } from '@pagewalk/engine/node';
import { checkCode } from '../check-code.ts';
import { fetchPrograms, runnerOn } from '../hosts/play.ts';
import type { OpenHost } from '../hosts/play.ts';
import type {
  ExerciseGenerator,
  ExerciseItem,
  HostExerciseGenerator,
  Locale,
  RunExerciseGenerator,
} from '../schema.ts';
import { seriesOf } from './catalogue.ts';
import type { Series } from './catalogue.ts';

const USAGE = `Usage: pagewalk exercise LESSON --seed N [--count N] [--answers]
                         [--locale en|zh] [--format json|md|csv]

Prints exercises of a lesson. The same seed gives the same questions everywhere;
the answers are the engine's.

  --seed N         0 to 4294967295
  --count N        how many, 1 to 1000; 1 if not given
  --answers        with the answers and worked solutions
  --locale LOCALE  en or zh; en if not given
  --format FORMAT  json (a JSON line for each), md or csv; json if not given

Each has a check code: the first ten digits of the SHA-256 of lesson, seed,
number and answer, a line for each. It verifies an answer without showing it.

Exit status: 0 they were printed, 2 usage error.
`;

const FORMATS = ['json', 'md', 'csv'] as const;
const LOCALES = ['en', 'zh'] as const;
const MAX_SEED = 4_294_967_295;
const COUNT_MOST = 1000;

interface Options {
  help: boolean;
  lesson: string;
  seed: number;
  count: number;
  answers: boolean;
  locale: Locale;
  format: (typeof FORMATS)[number];
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${option} is '${text}'; want a whole number from ${least} to ${most}`);
  }
  return value;
}

function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) {
    throw new UsageError(`${option} is '${text}'; want one of ${words.join(', ')}`);
  }
  return found;
}

function parse(args: string[]): Options {
  const options: Options = {
    help: false,
    lesson: '',
    seed: -1,
    count: 1,
    answers: false,
    locale: 'en',
    format: 'json',
  };
  const names: string[] = [];
  const rest = args.flatMap((arg) => {
    const [, option, value] = /^(--\w+)=(.*)$/.exec(arg) ?? [];
    return option === undefined ? [arg] : [option, value ?? ''];
  });
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const option = arg;
    const value = (): string => {
      const next = rest.shift();
      if (next === undefined) throw new UsageError(`${option} needs a value`);
      return next;
    };
    if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--answers') options.answers = true;
    else if (arg === '--seed') options.seed = wholeNumber(arg, value(), 0, MAX_SEED);
    else if (arg === '--count') options.count = wholeNumber(arg, value(), 1, COUNT_MOST);
    else if (arg === '--locale') options.locale = oneOf(arg, value(), LOCALES);
    else if (arg === '--format') options.format = oneOf(arg, value(), FORMATS);
    else if (arg.startsWith('-')) {
      throw new UsageError(
        `unknown option ${arg}; known: --seed, --count, --answers, --locale, --format, --help`,
      );
    } else names.push(arg);
  }
  if (options.help) return options;
  const known = seriesOf().map(({ id }) => id);
  const [lesson] = names;
  if (names.length !== 1 || lesson === undefined) {
    throw new UsageError(
      `one LESSON is needed, not ${names.length}; there are ${known.join(', ')}`,
    );
  }
  if (!known.includes(lesson)) {
    throw new UsageError(`no exercises for '${lesson}'; there are ${known.join(', ')}`);
  }
  if (options.seed < 0) throw new UsageError('--seed N is needed');
  return { ...options, lesson };
}

type Item = ExerciseItem<unknown> & { check: string };

async function make(series: Series, { seed, count, locale }: Options): Promise<Item[]> {
  const { lesson, exercise } = await series.load();
  const numbers = Array.from({ length: count }, (_, n) => n);
  const made: ExerciseItem<unknown>[] = [];
  if (lesson.figure === 'host') {
    const kvm = await loadKvm();
    const open: OpenHost = (setup) => new LiveConsole(kvm, teachingHost(setup));
    await fetchPrograms(open, lesson);
    for (const n of numbers) {
      made.push((exercise as HostExerciseGenerator)(seed, n, locale, runnerOn(open)));
    }
  } else if (lesson.figure === 'run') {
    const kvm = await loadKvm();
    for (const n of numbers) {
      made.push(
        (exercise as RunExerciseGenerator)(seed, n, locale, (input) => {
          const run = new Run(kvm, readScenario(input));
          run.seek(run.length);
          return { view: viewOf(run), host: hostViewOf(run) };
        }),
      );
    }
  } else {
    const bench = new Workbench(await loadEngine());
    for (const n of numbers) {
      made.push(
        (exercise as ExerciseGenerator)(seed, n, locale, (scenario) => bench.run(scenario)),
      );
    }
  }
  return Promise.all(made.map(async (item) => ({ ...item, check: await checkCode(item) })));
}

/** What of an item is printed. */
function shown(item: Item, answers: boolean): Record<string, unknown> {
  const { lesson, seed, n, question, choices, answer, unit, tolerance, solution, check } = item;
  return {
    lesson,
    seed,
    n,
    question,
    ...(choices === undefined ? {} : { choices }),
    ...(answers ? { answer } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(answers ? { solution } : {}),
    check,
  };
}

const MD: Record<Locale, { number: (n: number) => string; answer: string; check: string }> = {
  en: { number: (n) => `Exercise ${n}`, answer: 'Answer', check: 'Check code' },
  zh: { number: (n) => `练习 ${n}`, answer: '答案', check: '校验码' },
};

function markdown(item: Item, { answers, locale }: Options): string {
  const words = MD[locale];
  const letter = (index: number): string => String.fromCharCode(97 + index);
  const choices = (item.choices ?? []).map((choice, index) => `- (${letter(index)}) ${choice}`);
  const colon = locale === 'zh' ? '：' : ': ';
  return [
    `## ${words.number(item.n + 1)}`,
    item.question,
    ...(choices.length === 0 ? [] : [choices.join('\n')]),
    ...(answers ? [`**${words.answer}${colon}${item.answer}**`, item.solution] : []),
    `${words.check}${colon}\`${item.check}\``,
  ].join('\n\n');
}

const csvCell = (value: unknown): string => {
  const text = Array.isArray(value) ? value.join(' | ') : String(value ?? '');
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

function csv(items: readonly Item[], answers: boolean): string {
  const columns = [
    'lesson',
    'seed',
    'n',
    'question',
    'choices',
    'unit',
    'tolerance',
    ...(answers ? ['answer', 'solution'] : []),
    'check',
  ];
  const rows = items.map((item) => {
    const row = shown(item, answers);
    return columns.map((column) => csvCell(row[column])).join(',');
  });
  return `${[columns.join(','), ...rows].join('\r\n')}\r\n`;
}

export const exerciseCommand: Command = defineCommand({
  name: 'exercise',
  summary: 'print exercises of a lesson, with answers from the engine',
  usage: USAGE,
  parse,
  async run(options, io) {
    const series = seriesOf().find(({ id }) => id === options.lesson);
    if (series === undefined) throw new UsageError(`no exercises for '${options.lesson}'`);
    const items = await make(series, options);
    if (options.format === 'csv') await write(io.stdout, csv(items, options.answers));
    else if (options.format === 'md') {
      await write(io.stdout, `${items.map((item) => markdown(item, options)).join('\n\n')}\n`);
    } else {
      for (const item of items) {
        await write(io.stdout, `${JSON.stringify(shown(item, options.answers))}\n`);
      }
    }
    return 0;
  },
});
