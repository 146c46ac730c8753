import { recall } from '#lib/session/storage.ts';

/** How far a reader has got in a lesson, as this browser remembers it. */
export interface Progress {
  begun: boolean;
  /** Predictions answered, and those of them that were right. */
  answered: number;
  right: number;
  tasks: number;
  /** Everything that the lesson asks was done. */
  isWhole: boolean;
}

/** Reads what is kept; what is damaged, or of a lesson as it was once, counts for nothing. */
export function progressOf(lesson: {
  id: string;
  predictions: readonly string[];
  tasks: readonly string[];
}): Progress {
  const kept = recall(`answers:${lesson.id}`);
  const answers =
    typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
  const given = lesson.predictions.flatMap((id) => {
    const answer = Object.hasOwn(answers, id) ? answers[id] : null;
    return typeof answer === 'object' && answer !== null ? [answer as { right?: unknown }] : [];
  });
  const done = recall(`tasks:${lesson.id}`);
  const tasks = Array.isArray(done) ? lesson.tasks.filter((id) => done.includes(id)).length : 0;
  return {
    begun: given.length + tasks > 0,
    answered: given.length,
    right: given.filter(({ right }) => right === true).length,
    tasks,
    isWhole: given.length === lesson.predictions.length && tasks === lesson.tasks.length,
  };
}
