/**
 * Keeping things in the browser where it lets us: storage may be blocked (a frame in another site, a
 * private window) and then nothing is kept, and nothing fails.
 */

export function recall(key: string): unknown {
  try {
    const text = localStorage.getItem(`pagewalk:${key}`);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(`pagewalk:${key}`, JSON.stringify(value));
  } catch {
    // Nothing to be done: the page goes on without.
  }
}
