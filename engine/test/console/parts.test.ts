import { expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { TEACHING } from '../../src/console/host/teaching.ts';
import { LiveConsole } from '../../src/console/index.ts';
import { Part } from '../../src/console/parts.ts';
import type { PartName, Parts } from '../../src/console/parts.ts';
import { partOf, toolsOf } from '../../src/console/tools/index.ts';
import { loadKvm } from '../../src/node.ts';

/** The console's code comes in parts, and what comes of a session does not depend on when. */

const PARTS = Object.entries(ALL_PARTS) as [keyof Parts, Part<unknown>][];
const PROGRAMS = Object.entries(ALL_PARTS) as [PartName, Parts[PartName]][];

/** Parts that come when `deliver` is called. */
function late() {
  const orders: (() => void)[] = [];
  const parts = Object.fromEntries(
    PARTS.map(([name, { code }]) => [
      name,
      new Part(() => new Promise((resolve) => orders.push(() => resolve(code)))),
    ]),
  ) as unknown as Parts;
  const deliver = async (console: LiveConsole): Promise<void> => {
    while (console.fetching !== null) {
      const done = console.fetching;
      orders.splice(0).forEach((order) => order());
      await done;
      console.pump(console.session.host.clock.now);
    }
  };
  return { parts, orders, deliver };
}
const shown = (console: LiveConsole): string =>
  console.blocks
    .map(({ line, pieces }) => `${line}\n${pieces.map(({ text }) => text).join('')}`)
    .join('');

it('every program that the host lists is in the part that it names, and none is left out', () => {
  const listed = [...toolsOf(ALL_PARTS, () => undefined).keys()];
  const inParts = PROGRAMS.flatMap(([, { code }]) => Object.keys(code?.TOOLS ?? {}));
  expect(listed.filter((path) => !/\/(bash|sh)$/.test(path)).sort()).toEqual(inParts.sort());
  for (const [part, { code }] of PROGRAMS) {
    for (const path of Object.keys(code?.TOOLS ?? {})) {
      expect(partOf(path.replace(/^.*\//, '')), path).toBe(part);
    }
  }
});

it('a program waits for its code, and the world waits with it', async () => {
  const { parts, orders, deliver } = late();
  const console = new LiveConsole(await loadKvm(), TEACHING, parts);
  const { clock } = console.session.host;
  console.act({ line: 'while true; do echo tick; sleep 1; done & free -m' });
  expect(console.fetching).not.toBeNull();
  expect(console.mode).toBe('busy');
  const { now } = clock;
  const before = shown(console);
  console.act({ wait: 5000 });
  expect(clock.now).toBe(now);
  expect(shown(console)).toBe(before);
  expect(orders).not.toHaveLength(0);
  await deliver(console);
  expect(shown(console)).toContain('Mem:');
  // The time that was to pass has passed then.
  expect(clock.now).toBeGreaterThanOrEqual(now + 5000);
});

it('prints the same whether its code was there or had to come', async () => {
  const lines = [
    'free -k | awk "NR==2 {print \\$2}"',
    'virsh list --all',
    'virsh start debian12; ps -C qemu-system-x86_64 -o pid=',
    'for i in 1 2 3; do seq $i | sort -r | head -1; done',
    '[[ ab12 =~ ([a-z]+)([0-9]+) ]] && echo ${BASH_REMATCH[2]}',
    'lscpu | grep -c .; numactl --hardware; lsmod | head -3; getconf PAGESIZE',
  ];
  const session = async (parts: Parts, deliver: (console: LiveConsole) => Promise<void>) => {
    const console = new LiveConsole(await loadKvm(), TEACHING, parts);
    for (const line of lines) {
      console.act({ line });
      await deliver(console);
      console.act({ wait: 1000 });
      await deliver(console);
    }
    return shown(console);
  };
  const { parts, deliver } = late();
  const later = await session(parts, deliver);
  expect(later).toBe(await session(ALL_PARTS, async () => undefined));
  expect(later).toContain("Domain 'debian12' started");
});

it('code that cannot be fetched is a failed command, and comes when it is asked for again', async () => {
  let isAway = true;
  const { code } = ALL_PARTS.procps;
  const procps = new Part(async () => {
    if (isAway) throw new Error('offline');
    return code!;
  });
  const console = new LiveConsole(await loadKvm(), TEACHING, { ...ALL_PARTS, procps });
  const run = async (line: string): Promise<string> => {
    console.act({ line });
    await console.fetching;
    console.pump(console.session.host.clock.now);
    return shown(console);
  };
  expect(await run('free -m; echo $?')).toMatch(
    /free: its code could not be fetched \(offline\).*\n126/,
  );
  isAway = false;
  expect(await run('free -m')).toContain('Mem:');
});

it('Ctrl+C ends the wait for code', async () => {
  const { parts } = late();
  const console = new LiveConsole(await loadKvm(), TEACHING, parts);
  console.act({ line: 'free' });
  expect(console.mode).toBe('busy');
  console.act({ key: 'interrupt' });
  expect(console.mode).toBe('line');
});
