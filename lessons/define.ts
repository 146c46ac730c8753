import type {
  RaceWork,
  RunPosition,
  ScenarioInput,
  WalkAction,
  WalkScenario,
} from '@pagewalk/engine';
import { marksOf } from './hosts/script.ts';
import type {
  ConsoleTask,
  HostAct,
  HostLesson,
  Lesson,
  RaceLesson,
  RunLesson,
  WalkLesson,
} from './schema.ts';

/**
 * The schema at run time. Types catch what TypeScript sees; this catches the rest (a state that a
 * prediction names and nobody defined, a level 7) and says where it is and what would be right.
 */

/** What is wrong with a lesson, all of it at once. */
export class LessonError extends Error {
  readonly problems: readonly string[];

  constructor(id: string, problems: readonly string[]) {
    super(`lesson ${id}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'LessonError';
    this.problems = problems;
  }
}

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

const MACHINE: Record<string, readonly unknown[]> = {
  guest: ['teaching', 'linux'],
  mode: ['native', 'ept', 'npt'],
  levels: [4, 5],
  hostLevels: [4, 5],
  guestPage: ['4K', '2M', '1G'],
  hostPage: ['4K', '2M', '1G'],
  ad: [true, false],
  backed: [true, false],
};

const ACCESS: Record<string, readonly unknown[]> = {
  kind: ['read', 'write', 'fetch'],
  cpl: [0, 3],
};

type Report = (path: string, problem: string) => void;

const show = (value: unknown): string =>
  typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));

const oneOf = (values: readonly unknown[]): string => values.map(show).join(', ');

const isU64 = (value: unknown): boolean =>
  typeof value === 'bigint' && value >= 0n && value <= MAX_U64;

function checkChoices(
  path: string,
  object: Readonly<Record<string, unknown>>,
  fields: Record<string, readonly unknown[]>,
  also: readonly string[],
  whole: boolean,
  report: Report,
): void {
  for (const [key, value] of Object.entries(object)) {
    const allowed = fields[key];
    if (allowed === undefined) {
      if (!also.includes(key)) {
        report(
          `${path}.${key}`,
          `no such field; there are ${oneOf([...Object.keys(fields), ...also])}`,
        );
      }
    } else if (!allowed.includes(value)) {
      report(`${path}.${key}`, `is ${show(value)}; want one of ${oneOf(allowed)}`);
    }
  }
  if (!whole) return;
  for (const key of [...Object.keys(fields), ...also]) {
    if (!(key in object)) report(`${path}.${key}`, 'is missing');
  }
}

function checkU64(path: string, value: unknown, report: Report): void {
  if (!isU64(value)) {
    report(path, `is ${show(value)}; want a bigint from 0 to 2^64 - 1, as 0x1000n`);
  }
}

function checkAccess(path: string, access: object, whole: boolean, report: Report): void {
  checkChoices(path, { ...access }, ACCESS, ['gva'], whole, report);
  if ('gva' in access) checkU64(`${path}.gva`, access.gva, report);
}

function checkAction(path: string, action: WalkAction, report: Report): void {
  switch (action.do) {
    case 'set':
      checkU64(`${path}.at`, action.at, report);
      checkU64(`${path}.value`, action.value, report);
      if (isU64(action.at) && action.at % 8n !== 0n) {
        report(`${path}.at`, `is 0x${action.at.toString(16)}; an entry lies at a multiple of 8`);
      }
      return;
    case 'edit': {
      const { table, level, row } = action.entry;
      const tables = ['guest', 'ept', 'npt'];
      if (!tables.includes(table)) {
        report(`${path}.entry.table`, `is ${show(table)}; want one of ${oneOf(tables)}`);
      }
      if (!Number.isInteger(level) || level < 1 || level > 5) {
        report(`${path}.entry.level`, `is ${show(level)}; want 1 to 5`);
      }
      if (!Number.isInteger(row) || row < 0 || row > 5) {
        report(
          `${path}.entry.row`,
          `is ${show(row)}; want the guest level served, 1 to 5, or 0 for the final page`,
        );
      } else if (table === 'guest' && row !== level) {
        report(`${path}.entry.row`, `is ${row}; the row of a guest entry is its level, ${level}`);
      }
      if (action.set === undefined && action.clear === undefined) {
        report(path, 'edits nothing; want set or clear');
      }
      if (action.set !== undefined) checkU64(`${path}.set`, action.set, report);
      if (action.clear !== undefined) checkU64(`${path}.clear`, action.clear, report);
      return;
    }
    case 'fill':
      checkU64(`${path}.gpa`, action.gpa, report);
      return;
    default:
      report(`${path}.do`, `is ${show((action as { do: unknown }).do)}; want set, edit or fill`);
  }
}

function checkActions(path: string, actions: unknown, report: Report): void {
  if (!Array.isArray(actions)) {
    report(path, 'want a list of actions');
    return;
  }
  actions.forEach((action, index) =>
    checkAction(`${path}[${index}]`, action as WalkAction, report),
  );
}

const isPosition = (value: unknown): boolean =>
  value === 'end' || (typeof value === 'number' && Number.isInteger(value) && value >= 0);

/** Everything that is wrong with the lesson, each with where it is; empty when nothing is. */
export function problemsOf(lesson: Lesson): string[] {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);

  if (!ID.test(lesson.id)) {
    report('id', `is ${show(lesson.id)}; want lower-case words joined by -`);
  }
  if (Object.keys(lesson.states).length === 0) report('states', 'want at least one');
  checkNames('states', lesson.states, report);
  checkNames('predictions', lesson.predictions, report);
  checkNames('tasks', lesson.tasks ?? {}, report);
  if (lesson.figure === 'walk') checkWalks(lesson, report);
  else if (lesson.figure === 'run') checkRuns(lesson, report);
  else if (lesson.figure === 'race') checkRaces(lesson, report);
  else if (lesson.figure === 'host') checkHosts(lesson, report);
  else {
    const { figure } = lesson as { figure: unknown };
    report('figure', `is ${show(figure)}; want "walk", "run", "race" or "host"`);
  }
  checkPredictions(lesson, report);
  for (const [name, task] of Object.entries(lesson.tasks ?? {})) {
    checkTask(`tasks.${name}`, task, Object.keys(lesson.tasks ?? {}), report);
  }
  return problems;
}

function checkNames(path: string, named: object, report: Report): void {
  for (const name of Object.keys(named)) {
    if (!ID.test(name)) report(`${path}.${name}`, 'want a name of lower-case words joined by -');
  }
}

function checkWalks(lesson: WalkLesson, report: Report): void {
  checkChoices('start.machine', { ...lesson.start.machine }, MACHINE, [], true, report);
  checkAccess('start.access', lesson.start.access, true, report);
  checkActions('start.actions', lesson.start.actions, report);
  for (const [name, state] of Object.entries(lesson.states)) {
    const path = `states.${name}`;
    checkChoices(path, { ...state }, {}, ['machine', 'actions', 'access', 'at'], false, report);
    if (!isPosition(state.at)) {
      report(`${path}.at`, `is ${show(state.at)}; want a number of events, or 'end'`);
    }
    if (state.machine !== undefined) {
      checkChoices(`${path}.machine`, { ...state.machine }, MACHINE, [], false, report);
    }
    if (state.access !== undefined) checkAccess(`${path}.access`, state.access, false, report);
    if (state.actions !== undefined) checkActions(`${path}.actions`, state.actions, report);
  }
  for (const [name, { holdAt }] of Object.entries(lesson.predictions)) {
    if (!Number.isInteger(holdAt) || holdAt < 0) {
      report(`predictions.${name}.holdAt`, `is ${show(holdAt)}; want a number of events`);
    }
  }
}

function checkRuns(lesson: RunLesson, report: Report): void {
  const scenarios = Object.keys(lesson.scenarios);
  if (scenarios.length === 0) report('scenarios', 'want at least one');
  checkNames('scenarios', lesson.scenarios, report);
  for (const name of Object.keys(lesson.pictures ?? {})) {
    if (!scenarios.includes(name)) {
      report(`pictures.${name}`, `no such scenario; there are ${oneOf(scenarios)}`);
    }
  }
  const checkAt = (path: string, name: string | undefined, at: RunPosition): void => {
    if (at === 'end' || (typeof at === 'number' && Number.isInteger(at) && at >= 0)) return;
    const mark = typeof at === 'object' ? at.mark : undefined;
    const of = lesson.scenarios[name ?? scenarios[0] ?? ''];
    const marks = (of?.actions ?? []).flatMap((action) =>
      action.do === 'mark' ? [action.name] : [],
    );
    if (mark === undefined || !marks.includes(mark)) {
      report(path, `is ${show(at)}; want a number of steps, 'end', or a mark: ${oneOf(marks)}`);
    }
  };
  for (const [name, { scenario, at }] of Object.entries(lesson.states)) {
    if (scenario !== undefined && !scenarios.includes(scenario)) {
      report(`states.${name}.scenario`, `is ${show(scenario)}; want one of ${oneOf(scenarios)}`);
    } else checkAt(`states.${name}.at`, scenario, at);
  }
  for (const [name, { state, holdAt }] of Object.entries(lesson.predictions)) {
    checkAt(`predictions.${name}.holdAt`, lesson.states[state]?.scenario, holdAt);
  }
  checkValues(lesson, report);
}

function checkValues(lesson: Exclude<Lesson, WalkLesson>, report: Report): void {
  checkNames('values', lesson.values, report);
  for (const [name, { state }] of Object.entries(lesson.values)) {
    if (!Object.hasOwn(lesson.states, state))
      report(`values.${name}.state`, `no state ${show(state)}`);
  }
}

function checkRaces(lesson: RaceLesson, report: Report): void {
  for (const [name, { at }] of Object.entries(lesson.states)) {
    if (!isPosition(at)) {
      report(`states.${name}.at`, `is ${show(at)}; want a number of slices, or 'end'`);
    }
  }
  for (const [name, { holdAt }] of Object.entries(lesson.predictions)) {
    if (!Number.isInteger(holdAt) || holdAt < 0) {
      report(`predictions.${name}.holdAt`, `is ${show(holdAt)}; want a number of slices`);
    }
  }
  checkValues(lesson, report);
}

function checkHosts(lesson: HostLesson, report: Report): void {
  const scripts = Object.keys(lesson.scripts);
  if (scripts.length === 0) report('scripts', 'want at least one');
  checkNames('scripts', lesson.scripts, report);
  for (const [name, acts] of Object.entries(lesson.scripts)) {
    acts.forEach((act, index) => {
      const path = `scripts.${name}[${index}]`;
      if (typeof act === 'number' && !(Number.isInteger(act) && act > 0)) {
        report(path, `is ${show(act)}; want milliseconds, a whole number above 0`);
      }
      if (typeof act === 'string' && act.trim() === '') report(path, 'is no line');
    });
    const marks = marksOf(acts);
    if (new Set(marks).size !== marks.length) report(`scripts.${name}`, 'has a mark twice');
  }
  const checkAt = (path: string, script: string | undefined, at: RunPosition): void => {
    if (at === 'end' || (typeof at === 'number' && Number.isInteger(at) && at >= 0)) return;
    const marks = marksOf(lesson.scripts[script ?? scripts[0] ?? ''] ?? []);
    if (typeof at !== 'object' || !marks.includes(at.mark)) {
      report(path, `is ${show(at)}; want a number of lines, 'end', or a mark: ${oneOf(marks)}`);
    }
  };
  for (const [name, { script, at }] of Object.entries(lesson.states)) {
    if (script !== undefined && !scripts.includes(script)) {
      report(`states.${name}.script`, `is ${show(script)}; want one of ${oneOf(scripts)}`);
    } else checkAt(`states.${name}.at`, script, at);
  }
  for (const [name, { state, holdAt }] of Object.entries(lesson.predictions)) {
    checkAt(`predictions.${name}.holdAt`, lesson.states[state]?.script, holdAt);
  }
  checkValues(lesson, report);
}

function checkPredictions(lesson: Lesson, report: Report): void {
  const names = Object.keys(lesson.states);
  for (const [name, prediction] of Object.entries(lesson.predictions)) {
    const path = `predictions.${name}`;
    if (!Object.hasOwn(lesson.states, prediction.state)) {
      report(`${path}.state`, `no state ${show(prediction.state)}; there are ${oneOf(names)}`);
    }
    if (typeof prediction.answer !== 'function') {
      report(`${path}.answer`, 'want a function of the engine’s run, not a literal answer');
    }
    if (prediction.kind === 'choice') {
      const { choices } = prediction;
      if (choices.length < 2) report(`${path}.choices`, 'want at least two');
      if (new Set(choices).size !== choices.length) report(`${path}.choices`, 'names one twice');
      for (const choice of choices) {
        if (!ID.test(choice)) {
          report(`${path}.choices`, `${show(choice)}: want lower-case words joined by -`);
        }
      }
    } else if (prediction.kind !== 'number') {
      const { kind } = prediction as { kind: unknown };
      report(`${path}.kind`, `is ${show(kind)}; want "number" or "choice"`);
    }
  }
}

function checkTask(
  path: string,
  task: ConsoleTask,
  tasks: readonly string[],
  report: Report,
): void {
  const { en, zh } = task.hints;
  if (Object.keys(en).length === 0) report(`${path}.hints`, 'want at least one');
  if (Object.keys(en).join() !== Object.keys(zh).join()) {
    report(`${path}.hints`, 'want the same hints in both languages');
  }
  if (task.solution.length === 0) report(`${path}.solution`, 'want at least one line');
  if (task.nearMisses.length === 0) report(`${path}.nearMisses`, 'want at least one');
  for (const before of task.after ?? []) {
    if (!tasks.includes(before)) report(`${path}.after`, `no task ${show(before)}`);
  }
}

/** Says a lesson; throws a `LessonError` that names everything wrong with it. */
export function defineLesson<const L extends Lesson>(lesson: L): L {
  const problems = problemsOf(lesson);
  if (problems.length > 0) throw new LessonError(lesson.id, problems);
  return lesson;
}

/** The walk of a state: what the state says, on top of the lesson's start. */
export function scenarioOf(lesson: WalkLesson, name: string): WalkScenario {
  const state = Object.hasOwn(lesson.states, name) ? lesson.states[name] : undefined;
  if (state === undefined) {
    const names = Object.keys(lesson.states).join(', ');
    throw new LessonError(lesson.id, [`no state '${name}'; there are ${names}`]);
  }
  const { machine, actions, access } = lesson.start;
  return {
    machine: { ...machine, ...state.machine },
    actions: [...actions, ...(state.actions ?? [])],
    access: { ...access, ...state.access },
  };
}

/** What a state of a running machine says: the scenario, its name, and how far it has gone. */
export function runOf(
  lesson: RunLesson,
  name: string,
): { scenario: string; input: ScenarioInput; at: RunPosition } {
  const state = Object.hasOwn(lesson.states, name) ? lesson.states[name] : undefined;
  const scenario = state?.scenario ?? Object.keys(lesson.scenarios)[0] ?? '';
  const input = lesson.scenarios[scenario];
  if (state === undefined || input === undefined) {
    const names = Object.keys(lesson.states).join(', ');
    throw new LessonError(lesson.id, [`no state '${name}'; there are ${names}`]);
  }
  return { scenario, input, at: state.at };
}

/** The work of a state of a race: what the state says, on top of the lesson's start. */
export function workOf(lesson: RaceLesson, name: string): RaceWork {
  const state = Object.hasOwn(lesson.states, name) ? lesson.states[name] : undefined;
  if (state === undefined) {
    const names = Object.keys(lesson.states).join(', ');
    throw new LessonError(lesson.id, [`no state '${name}'; there are ${names}`]);
  }
  return { ...lesson.start, ...state.work };
}

/** What a state of a host says: the script, its name, and how far it has gone. */
export function hostOf(
  lesson: HostLesson,
  name: string,
): { script: string; acts: readonly HostAct[]; at: RunPosition } {
  const state = Object.hasOwn(lesson.states, name) ? lesson.states[name] : undefined;
  const script = state?.script ?? Object.keys(lesson.scripts)[0] ?? '';
  const acts = lesson.scripts[script];
  if (state === undefined || acts === undefined) {
    const names = Object.keys(lesson.states).join(', ');
    throw new LessonError(lesson.id, [`no state '${name}'; there are ${names}`]);
  }
  return { script, acts, at: state.at };
}
