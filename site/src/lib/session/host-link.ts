/** A host in the address bar: how many lines were typed, and the lines where they are not the lesson's own. */

/** Lines that a link may hold, and characters of one. */
const LINES_MOST = 40;
const LINE_MOST = 200;
const WAIT_MOST = 600_000;

export type OwnAct = string | number;

/** The fragment without `#`. Lines of the reader's own that would make it too long are left out: `own` null then. */
export function formatHost(state: string | null, step: number, own: readonly OwnAct[] | null) {
  const parts = own === null && state !== null ? [`state=${state}`] : [];
  parts.push(`step=${step}`);
  if (own !== null && isOwn(own)) parts.push(`lines=${encodeURIComponent(JSON.stringify(own))}`);
  return parts.join('&');
}

const isAct = (act: unknown): act is OwnAct =>
  (typeof act === 'string' && act.trim() !== '' && act.length <= LINE_MOST) ||
  (typeof act === 'number' && Number.isInteger(act) && act > 0 && act <= WAIT_MOST);

const isOwn = (acts: unknown): acts is OwnAct[] =>
  Array.isArray(acts) && acts.length <= LINES_MOST && acts.every(isAct);

/** What a fragment says. Lines that are none, or too many, are `null`, and `bad` says so. */
export function parseHost(fragment: string): {
  state: string | null;
  step: number | null;
  own: OwnAct[] | null;
  bad: boolean;
} {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const step = given.get('step');
  const lines = given.get('lines');
  let own: unknown = null;
  if (lines !== null) {
    try {
      own = JSON.parse(lines);
    } catch {
      own = undefined;
    }
  }
  const fine = lines !== null && isOwn(own);
  return {
    state: given.get('state'),
    step: step !== null && /^\d{1,6}$/.test(step) ? Number(step) : null,
    own: fine ? (own as OwnAct[]) : null,
    bad: lines !== null && !fine,
  };
}
