import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runTool, textSystem } from './system.ts';

/**
 * What the real tools of Debian 12 answered (grep 3.8, sed 4.9, mawk 1.3.4-20200120, coreutils 9.1,
 * diffutils 3.8, util-linux 2.38.1; LC_ALL=C.UTF-8), recorded once: the first line has the files that were
 * there, each further one a case. `files` are those that the command made or changed.
 */
interface Case {
  argv: string[];
  stdin?: string;
  stdout?: string;
  stderr?: string;
  status?: number;
  files?: Record<string, string>;
}

const [first = '{}', ...lines] = readFileSync(new URL('recorded.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const files = JSON.parse(first) as Record<string, string>;
const cases = lines.map((line) => JSON.parse(line) as Case);

describe('text tools answer as the real ones', () => {
  for (const tool of new Set(cases.map(({ argv }) => argv[0] ?? ''))) {
    test(tool, () => {
      for (const one of cases.filter(({ argv }) => argv[0] === tool)) {
        const system = textSystem(files);
        const result = runTool(system, one.argv, one.stdin);
        const changed = Object.fromEntries(
          Object.keys(one.files ?? {}).map((name) => [
            name,
            system.fs.exists(`/work/${name}`) ? system.fs.read(`/work/${name}`) : null,
          ]),
        );
        expect({ argv: one.argv, ...result, changed }).toEqual({
          argv: one.argv,
          stdout: one.stdout ?? '',
          stderr: one.stderr ?? '',
          status: one.status ?? 0,
          changed: one.files ?? {},
        });
      }
    });
  }
});

describe('a tool in a pipeline', () => {
  test('writes its output in one piece, as stdio does, so that a file of /proc gets one write', () => {
    for (const argv of [
      ['grep', ''],
      ['sed', ''],
      ['awk', '1'],
      ['cut', '-c1-'],
      ['tr', 'a', 'a'],
    ]) {
      const writes: string[] = [];
      runTool(textSystem(), argv, 'a\nb\n', new Map(), (text) => writes.push(text));
      expect(writes).toEqual(['a\nb\n']);
    }
  });

  test('that never ends is stopped by the limit of turns', () => {
    const system = textSystem({ f: 'x\n' });
    expect(runTool(system, ['awk', 'BEGIN { while (1); }']).status).toBe(137);
    system.scheduler.renew();
    expect(runTool(system, ['sed', ':a;ba', 'f']).status).toBe(137);
  });
});
