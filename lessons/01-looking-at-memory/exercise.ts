import { lineOf, mibOf, rowOf } from '../hosts/reading.ts';
import type { Column } from '../hosts/reading.ts';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import type { ExerciseItem, HostAct, HostCase, HostExerciseGenerator, RunHost } from '../schema.ts';
import { WORDS } from './words.ts';
import type { Happening, Words } from './words.ts';

/**
 * Exercises on a host's memory. A form draws what was done at a host; the host's own `free` and /proc/meminfo say
 * what came of it.
 */

interface Tools {
  rng: Random;
  run: RunHost;
  words: Words;
}
type Draft = Omit<ExerciseItem<HostCase>, 'lesson' | 'seed' | 'n'>;

/** Sizes of hosts, KiB as in MemTotal. */
const SIZES = [2_013_900, 4_028_416, 8_143_380];
/** Until a program has touched what it asked for. */
const TOUCHED_MS = 3000;

/** A multiple of 10 MiB. */
const some = (rng: Random, least: number, most: number): number =>
  least + 10 * rng.below((most - least) / 10 + 1);

const readFile = (mib: number, name = 'a'): HostAct[] => [
  `dd if=/dev/zero of=/var/tmp/${name} bs=1M count=${mib}`,
  'sync',
];
const writeTmpfs = (mib: number): HostAct[] => [`dd if=/dev/zero of=/dev/shm/b bs=1M count=${mib}`];
const program = (mib: number): HostAct[] => [`memhog -r1000000 ${mib}m > /dev/null &`, TOUCHED_MS];

const LOOK = ['free -k', 'free -m'] as const;
const code = (text: string): string => `\`\`\`\n${text.trimEnd()}\n\`\`\``;
const lastOf = (outputs: readonly string[], back = 1): string => outputs.at(-back) ?? '';

const SHOWN =
  'MemTotal MemFree MemAvailable Buffers Cached Dirty AnonPages Mapped Shmem SReclaimable SUnreclaim'.split(
    ' ',
  );
function meminfo(host: ReturnType<RunHost>['host']): string {
  const text = host.read('/proc/meminfo') ?? '';
  const wanted = text.split('\n').filter((line) => SHOWN.includes(line.split(':')[0] ?? ''));
  return code(wanted.join('\n'));
}

/** A host on which files were read, a program runs and a tmpfs is used: each more or less. */
function drawn({ rng }: Tools): HostCase {
  const memory = rng.pick(SIZES);
  const acts = [
    ...readFile(some(rng, 100, 700)),
    ...(rng.below(2) === 0 ? writeTmpfs(some(rng, 50, 250)) : []),
    ...(rng.below(2) === 0 ? program(some(rng, 100, 500)) : []),
  ];
  return { host: { memory }, acts };
}

/** A column of `free -m` from the lines that it is made of. */
function column(tools: Tools): Draft {
  const { rng, run, words } = tools;
  const given = drawn(tools);
  const asked = rng.pick<Column>([
    'used',
    'buff/cache',
    'used',
    'buff/cache',
    'available',
    'shared',
  ]);
  const acts = [...given.acts, ...LOOK];
  const { outputs, host } = run({ ...given, acts });
  const mib = rowOf(lastOf(outputs))[asked];
  const kib = rowOf(lastOf(outputs, 2))[asked];
  const rule = words.rule[asked] ?? '';
  return {
    question: `${words.meminfo}\n\n${meminfo(host)}\n\n${words.column(asked)}`,
    answer: String(mib),
    unit: 'MiB',
    solution: `${words.printed}\n\n${code(lastOf(outputs))}\n\n${words.sum(asked, rule, kib, mib)}`,
    scenario: { ...given, acts },
  };
}

/** What drop_caches gives back. */
function drop(tools: Tools): Draft {
  const { run, words } = tools;
  const given = drawn(tools);
  const { host } = run(given);
  const before = lineOf(host, 'MemFree');
  const shown = meminfo(host);
  const parts = ['Buffers', 'Cached', 'Shmem', 'Mapped'].map((name) => mibOf(host, name));
  const acts = [...given.acts, 'sync; echo 1 > /proc/sys/vm/drop_caches'];
  const after = lineOf(run({ ...given, acts }).host, 'MemFree');
  const mib = Math.round((after - before) / 1024);
  const [buffers, cached, shmem, mapped] = parts;
  return {
    question: `${words.meminfo}\n\n${shown}\n\n${words.drop}`,
    answer: String(mib),
    unit: 'MiB',
    tolerance: 3,
    solution: words.dropWhy(`${buffers} + ${cached} − ${shmem} − ${mapped}`, mib),
    scenario: { ...given, acts },
  };
}

const NAMES = ['A', 'B', 'C'];
const TOLD = ['MemTotal', 'MemFree', 'Cached', 'Shmem', 'AnonPages'] as const;

/** Which of several hosts is short: the one with little free is not always the one. */
function which(tools: Tools): Draft {
  const { rng, run, words } = tools;
  const memory = SIZES[0] ?? 0;
  const kinds: HostAct[][] = [
    readFile(some(rng, 1350, 1450)),
    rng.below(2) === 0
      ? [...program(some(rng, 1000, 1200)), ...readFile(some(rng, 100, 200))]
      : [...writeTmpfs(some(rng, 700, 900)), ...program(some(rng, 300, 400))],
    [...readFile(some(rng, 300, 700)), ...program(some(rng, 300, 600))],
  ];
  const turn = rng.below(3);
  const cases = NAMES.map((name, index) => {
    const acts = [...(kinds[(index + turn) % 3] ?? []), 'free -m'];
    const { outputs, host } = run({ host: { memory }, acts });
    const told = TOLD.map((line) => mibOf(host, line));
    return { name, acts, told, output: lastOf(outputs), row: rowOf(lastOf(outputs)) };
  });
  const short = cases.reduce((one, other) =>
    other.row.available < one.row.available ? other : one,
  );
  const table = [
    `| ${[words.hostHead, ...TOLD].join(' | ')} |`,
    `| ${['---', ...TOLD.map(() => '---')].join(' | ')} |`,
    ...cases.map(({ name, told }) => `| ${[name, ...told].join(' | ')} |`),
  ].join('\n');
  return {
    question: `${words.hosts(cases.length)}\n\n${table}`,
    choices: cases.map(({ name }) => words.host(name)),
    answer: words.host(short.name),
    solution: [
      words.hostsWhy,
      ...cases.flatMap(({ name, output }) => [`${words.host(name)}:`, code(output)]),
    ].join('\n\n'),
    scenario: { host: { memory }, acts: short.acts },
  };
}

const HAPPENINGS: Record<Happening, (rng: Random) => HostAct[]> = {
  file: () => ['cat /var/tmp/kept > /dev/null'],
  program: (rng) => program(some(rng, 200, 500)),
  tmpfs: (rng) => writeTmpfs(some(rng, 200, 500)),
  dropped: () => ['echo 3 > /proc/sys/vm/drop_caches'],
};

/** What happened between two looks; what moved in /proc/meminfo says it. */
function happened(tools: Tools): Draft {
  const { rng, run, words } = tools;
  const host = { memory: rng.pick(SIZES) };
  const drawnHappening = rng.pick(Object.keys(HAPPENINGS) as Happening[]);
  const size = some(rng, 200, 500);
  const before: HostAct[] = [
    ...readFile(size, 'kept'),
    ...(drawnHappening === 'dropped' ? [] : ['echo 3 > /proc/sys/vm/drop_caches']),
    ...(rng.below(2) === 0 ? program(some(rng, 100, 200)) : []),
    'free -m',
  ];
  const first = run({ host, acts: before });
  const then = new Map(
    ['Shmem', 'AnonPages', 'Cached'].map((name) => [name, mibOf(first.host, name)]),
  );
  const acts = [...before, ...HAPPENINGS[drawnHappening](rng), 'free -m'];
  const second = run({ host, acts });
  const grew = (name: string): number => mibOf(second.host, name) - (then.get(name) ?? 0);
  const what: Happening =
    grew('Shmem') > 100
      ? 'tmpfs'
      : grew('AnonPages') > 100
        ? 'program'
        : grew('Cached') > 0
          ? 'file'
          : 'dropped';
  return {
    question: [
      words.before,
      code(lastOf(first.outputs)),
      words.after,
      code(lastOf(second.outputs)),
      words.happened,
    ].join('\n\n'),
    choices: (Object.keys(HAPPENINGS) as Happening[]).map((one) => words.happenings[one]),
    answer: words.happenings[what],
    solution: words.why[what],
    scenario: { host, acts },
  };
}

const FORMS = [column, which, drop, happened];

export const exercise: HostExerciseGenerator = (seed, n, locale, run) => {
  const rng = random(seed, n);
  // Each form in its turn, so that a few questions show all of them.
  const form = FORMS[n % FORMS.length] ?? column;
  return { lesson: 'looking-at-memory', seed, n, ...form({ rng, run, words: WORDS[locale] }) };
};
