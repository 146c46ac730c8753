import type { LiveConsole } from '@pagewalk/engine/console';

/** Rounds that a line gets at the most where somebody waits for its end. */
const ROUNDS_MOST = 5000;
/** Milliseconds of the host's clock after which somebody who waits would interrupt it. */
const PATIENCE = 120_000;

/** Types a line, lets the host live until it wants the next one, and gives what was printed. The code of its programs must be here. */
export function finish(console: LiveConsole, line: string): string {
  const { clock } = console.session.host;
  const end = clock.now + PATIENCE;
  console.act({ line });
  for (let rounds = 0; console.mode !== 'line' && console.mode !== 'over'; rounds++) {
    if (console.fetching !== null) throw new Error(`the code of '${line}' is not here yet`);
    if (console.mode === 'edit') console.act({ edited: null });
    if (clock.now > end || rounds > ROUNDS_MOST) {
      console.act({ key: 'interrupt' });
      // A program that reads what is typed and takes no interrupt still ends with its input.
      if (console.mode === 'busy') console.act({ key: 'end' });
      break;
    }
    const next = console.pump(clock.now);
    if (next !== null && next > clock.now) console.act({ wait: 100 });
  }
  return printedLast(console);
}

/** What the last line has printed so far. */
export function printedLast(console: LiveConsole): string {
  const block = console.blocks.at(-1);
  if (block === undefined) return '';
  return console
    .outputOf(block)
    .map(({ text }) => text)
    .join('');
}
