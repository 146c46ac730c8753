/**
 * A run in the address bar: the step, and the scenario where it is not the page's own. Text of at most
 * 4,096 characters; what is longer needs a file.
 */

const MOST = 4096;

/** The fragment without `#`; null when it would be too long. */
export function formatRun(step: number, own: object | null): string | null {
  const parts = [`step=${step}`];
  if (own !== null) parts.push(`run=${encodeURIComponent(JSON.stringify(own))}`);
  const text = parts.join('&');
  return text.length > MOST ? null : text;
}

/**
 * What a fragment says: the step, and the text of a scenario, which may hold anything. What is none of ours is
 * passed over.
 */
export function parseRun(fragment: string): { step: number | null; run: string | null } {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const step = given.get('step');
  return {
    step: step !== null && /^\d{1,6}$/.test(step) ? Number(step) : null,
    run: given.get('run'),
  };
}
