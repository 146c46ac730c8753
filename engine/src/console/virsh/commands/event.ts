import { EVENTS } from '../../libvirt/api.ts';
import type { EventQueue } from '../../libvirt/api.ts';
import { Killed } from '../../os/process.ts';
import type { Step } from '../../os/process.ts';
import { Failed } from '../call.ts';
import type { Call } from '../call.ts';

/** What `--timestamp` puts before an event: `2026-11-23 10:00:00.000+0000: `. */
const stamp = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '+0000: ');

/** The command `event` (virsh-domain-event.c). */
export const EVENT = {
  *event(call: Call): Step {
    call.exclusive(['all', 'event'], ['list', 'all'], ['list', 'event']);
    if (call.has('list')) {
      call.print(EVENTS.map((name) => `${name}\n`).join(''));
      return;
    }
    const wanted = call.text('event');
    if (wanted === null && !call.has('all')) {
      call.fail('one of --list, --all, or --event <type> is required');
    }
    const events = EVENTS.filter((name) => wanted === null || name === wanted);
    if (events.length === 0) call.fail(`unknown event type ${wanted}`);
    const limit = call.timeout();
    const domain = call.has('domain') ? call.domain() : null;
    const queue = call.connection.watchEvents(events, domain);
    try {
      // Having waited for nothing is a failure, of which nothing more is said.
      if ((yield* watch(call, queue, limit)) === 0) throw new Failed();
    } finally {
      queue.close();
    }
  },
};

/** Shows events as they come; how many there were. */
function* watch(call: Call, queue: EventQueue, limit: number | null): Step<number> {
  const { clock } = call.process.system;
  const until = limit === null ? undefined : clock.now + limit;
  let count = 0;
  const end = (text: string): number => {
    call.print(`${text}events received: ${count}\n`);
    return count;
  };
  try {
    for (;;) {
      for (let event = queue.next(); event !== null; event = queue.next()) {
        const time = call.has('timestamp') ? stamp(event.at) : '';
        call.print(`${time}event '${event.event}' for domain '${event.domain}'${event.detail}\n`);
        count++;
        if (!call.has('loop')) return end('');
      }
      if (until !== undefined && clock.now >= until) return end('event loop timed out\n');
      yield { ready: () => queue.size > 0, ...(until === undefined ? {} : { until }) };
    }
  } catch (problem) {
    if (!(problem instanceof Killed) || problem.signal !== 'INT') throw problem;
    return end('event loop interrupted\n');
  }
}
