import { beforeAll, expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { readHostConfig } from '../../src/console/host/config.ts';
import { LiveConsole } from '../../src/console/index.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';

/** Whatever is typed, the console can be typed at again. */

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** Types a line and lets it run until it is over or waits for input; what was shown. */
function typed(line: string): { live: LiveConsole; shown: string } {
  const live = new LiveConsole(kvm, readHostConfig({}), ALL_PARTS);
  live.act({ line });
  for (let rounds = 0; live.mode === 'busy' && rounds < 2000; rounds++) {
    live.pump(live.session.host.clock.now + 100, 4);
  }
  return {
    live,
    shown: live.blocks.flatMap(({ pieces }) => pieces.map(({ text }) => text)).join(''),
  };
}

it.each([
  ['yes', 'it printed too much'],
  ['cat /dev/zero', 'it printed too much'],
  ['while :; do :; done', 'it went on without an end'],
  ['trap "" INT; while :; do :; done', 'it went on without an end'],
  ["awk 'BEGIN { while (1); }'", 'it went on without an end'],
  ["sed ':a;ba' /etc/hostname", 'it went on without an end'],
  ['cat /dev/zero > /root/z', 'No space left on device'],
  ['grep x /dev/zero', 'Cannot allocate memory'],
  ['f() { f; }; f', 'maximum nesting level exceeded'],
  ['echo {1..100000000}', 'too many words'],
  ['echo {1..1000}{1..1000}{1..1000}', 'too many words'],
  ['x=a; while :; do x=$x$x; done', 'the value is too long'],
  ['a=(); while :; do a+=(x); done', 'it went on without an end'],
  ['[ $(printf "! %.0s" {1..20000}) x ]', 'Cannot allocate memory'],
])('%s ends with a word, and the shell goes on', (line, word) => {
  const { live, shown } = typed(line);
  expect(shown).toContain(word);
  expect(live.mode).toBe('line');
  live.act({ line: 'echo here' });
  expect(live.blocks.at(-1)?.pieces[0]?.text).toContain('here');
});

it.each([
  '[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! =~ ^(a+)+$ ]]; echo $?',
  `[[ ${'a'.repeat(60)} == *a*a*a*a*a*a*a*a*a*b ]]; echo $?`,
])('%s: a pattern that could be tried in endless ways is not', (line) => {
  expect(typed(line).shown).toContain('1\n');
});

it('Ctrl+C ends what waits and what is busy', () => {
  for (const line of ['sleep 1000', 'cat', 'while sleep 1; do date; done', 'watch free']) {
    const { live } = typed(line);
    live.act({ key: 'interrupt' });
    expect(live.mode, line).toBe('line');
  }
});

it('a path is completed where the shell is', () => {
  const { live } = typed('cd /sys/kernel/mm');
  expect(live.words.files('')).toContain('ksm/');
  expect(live.words.files('ksm/')).toContain('run');
  expect(live.words.files('~')).not.toContain('ksm/');
});
