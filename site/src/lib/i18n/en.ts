import type { Outcome } from '@pagewalk/engine';

/**
 * The words around the lessons, in English. The source of all languages: `zh.ts` must have the same
 * keys, and a key that it lacks is a compile error.
 */

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** A piece of a phrase: words, or a number that is set as numbers of the machine are. */
export type OutcomePart = string | { hex: bigint | number; space?: 'gpa' | 'hpa' };

/** A noun phrase, so that the prose can put it at any place in its sentences. */
function outcome(o: Outcome): OutcomePart[] {
  switch (o.result) {
    case 'ok':
      return o.gpa === null
        ? ['physical ', { hex: o.hpa, space: 'hpa' }]
        : ['host-physical ', { hex: o.hpa, space: 'hpa' }];
    case 'page-fault':
      return ['#PF with error code ', { hex: o.errorCode }];
    case 'general-protection':
      return ['#GP with error code 0'];
    case 'ept-violation':
      return ['EPT violation, exit qualification ', { hex: o.qualification }];
    case 'ept-misconfiguration':
      return ['EPT misconfiguration at guest-physical ', { hex: o.gpa, space: 'gpa' }];
    case 'nested-page-fault':
      return ['#NPF with EXITINFO1 ', { hex: o.errorCode }];
    case 'gpa-too-wide':
      return ['guest-physical address too wide: ', { hex: o.gpa, space: 'gpa' }];
  }
}

export const en = {
  site: {
    name: 'Pagewalk',
    tagline: 'How KVM virtualizes memory, taught by letting you run it',
    skip: 'Skip to the content',
    navigation: 'Site',
    lessons: 'Lessons',
    playground: 'Playground',
    /** This language, in itself. */
    self: 'English',
    darkTheme: 'Dark theme',
    notFound: 'There is no page here',
    notFoundHint: 'The address may be mistyped.',
    goHome: 'Go to the first page',
    licence:
      'Code under the MIT licence, lessons under CC BY 4.0, typefaces under the SIL OFL 1.1.',
    facts:
      'What the machine does follows the Intel SDM (volume 3), the AMD APM (volume 2) and Linux’s KVM; each lesson names its sources.',
  },
  home: {
    headline: (reads: number): string =>
      `One guest address. ${counted(reads, 'memory read', 'memory reads')}. Watch each one.`,
    description:
      'Step through a two-dimensional page walk, read by read, on a machine that runs in your browser. Lessons on memory virtualization with KVM, in English and Chinese.',
    figureLabel: 'A two-dimensional page walk, running',
    lessonsTitle: 'Lessons',
    readingTime: (minutes: number): string => `${minutes} min`,
    forWhom: 'For whom',
    students: 'Students',
    studentsText:
      'Predict what the machine will do, then let it decide. Every number on the page is computed by the machine in front of you.',
    instructors: 'Instructors',
    instructorsText:
      'Every state of the figure is a link. Exercises come from a seed: any number of variants, each with its worked solution.',
    learners: 'On your own',
    learnersText:
      'No account, nothing to install, nothing sent anywhere. One lesson is a short sitting.',
  },
  contents: {
    title: 'Lessons',
    description:
      'In order, each a short sitting. A lesson asks you to predict, lets you break things, and ends with exercises that never run out. What you did is kept in this browser only.',
    progress: 'Progress',
    asks: (predictions: number, tasks: number, exercise: boolean): string =>
      [
        counted(predictions, 'prediction', 'predictions'),
        ...(tasks > 0 ? [counted(tasks, 'task at the console', 'tasks at the console')] : []),
        ...(exercise ? ['exercises'] : []),
      ].join(', '),
    begun: (answered: number, predictions: number, done: number, tasks: number): string =>
      [
        `${answered} of ${predictions} predicted`,
        ...(tasks > 0 ? [`${done} of ${tasks} done at the console`] : []),
      ].join(', '),
    whole: (right: number, predictions: number): string =>
      `All done, ${right} of ${predictions} predicted right`,
  },
  picture: {
    save: 'Save this picture',
    as: (kind: string, theme: string): string => `${kind}, ${theme}`,
    themes: { light: 'light', dark: 'dark' },
    failed: (why: string): string => `The picture could not be made: ${why}.`,
  },
  task: {
    title: 'At the console',
    open: 'Open the console',
    hint: 'Hint',
    hints: 'Hints',
    done: 'Done: the host is as it should be.',
    notYet: 'Not done yet.',
    first: 'Another task of this lesson comes first.',
    broken: (why: string): string => `This cannot work any more: ${why}`,
  },
  lesson: {
    number: (n: number): string => `Lesson ${n}`,
    figure: 'The machine',
    showInFigure: 'Show in the figure',
    inFigure: 'In the figure now',
    inText: (title: string): string => `In the text: ${title}`,
    engineLoading: 'The machine is loading.',
  },
  predict: {
    title: 'Predict',
    waiting: 'The machine waits here for your answer.',
    numberLabel: 'Your answer, a whole number',
    commit: 'Commit to it',
    missingNumber: 'Write a whole number, such as 12.',
    missingChoice: 'Choose one of the answers.',
    right: 'Right.',
    rightValue: (expected: string): string => `Right: the machine says ${expected}.`,
    wrong: 'Not what the machine did.',
    wrongValue: (given: string, expected: string): string =>
      `You said ${given}; the machine says ${expected}.`,
    yours: 'your answer',
    machines: 'what the machine did',
    watch: 'Watch the machine do it',
    forget: 'Forget my answers to the predictions',
    reveal: 'What the machine did',
  },
  exercise: {
    variant: (n: number): string => `Variant ${n}`,
    seed: 'Series',
    seedHint: 'The same series gives the same questions everywhere.',
    badSeed: 'A series is a whole number from 0 to 4294967295.',
    answer: 'Your answer',
    check: 'Check',
    right: 'Right.',
    wrong: 'Not yet. Try again, or read the solution.',
    solution: 'Show the worked solution',
    hide: 'Hide the solution',
    next: 'Next variant',
    previous: 'Previous variant',
    open: 'Open in the figure',
    noScript: 'The exercises are made by the machine, which needs scripts.',
    failed: 'This variant could not be made.',
  },
  misconception: { title: 'Often said' },
  breakIt: { title: 'Break it' },
  values: {
    outcome,
    refs: 'One whole walk, its reads counted.',
    ended: 'How the engine’s run of this walk ended.',
    counted: 'Counted by the engine as this machine ran.',
    entry: 'The entry as this walk read it.',
    show: 'Show in the figure',
    notRead: 'not read',
  },
  glossary: { title: 'Words of this lesson' },
};

type Widen<T> = T extends string
  ? string
  : T extends (...given: never[]) => unknown
    ? T
    : { [K in keyof T]: Widen<T[K]> };

export type Messages = Widen<typeof en>;
