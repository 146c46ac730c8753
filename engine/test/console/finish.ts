import type { LiveConsole } from '../../src/console/live.ts';

/** Types a line and lets the host live until it wants the next one; interrupts it after so many milliseconds of its clock. */
export function finish(console: LiveConsole, line: string, most = 120_000): void {
  const { clock } = console.session.host;
  const end = clock.now + most;
  console.act({ line });
  while (console.mode === 'busy') {
    if (clock.now > end) {
      console.act({ key: 'interrupt' });
      if (console.mode === 'busy') throw new Error(`${line}: takes no interrupt`);
      return;
    }
    const next = console.pump(clock.now);
    if (next !== null && next > clock.now) console.act({ wait: 100 });
  }
}
