import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDomain } from '../../../src/console/libvirt/domain/parse.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { SyntaxProblem, parse, split } from '../../../src/console/virsh/parse.ts';
import type { Kvm } from '../../../src/kvm/kvm.ts';
import { loadKvm } from '../../../src/node.ts';
import { WatchedHost, brief, readShell, timed } from './watched.ts';
import {
  NAMES,
  RECORDED,
  anything,
  called,
  document,
  doing,
  line,
  spoilt,
  virsh,
} from './words.ts';

/**
 * Whatever is typed at the console: no exception gets out, nothing is held up, and the host still agrees with
 * itself after every command. More of it: PAGEWALK_RUNS; others: PAGEWALK_SEED.
 */
const MORE = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 1000) / 1000, 20);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

let inputs = 0;
/** So many inputs of a kind; `isShort` where one that fails is as short as can be already. */
function every<Input>(
  count: number,
  input: Arbitrary<Input>,
  holds: (input: Input) => void,
  isShort = false,
): void {
  fc.assert(
    fc.property(input, (given) => {
      inputs++;
      holds(given);
    }),
    { numRuns: Math.round(count * MORE), seed: SEED, endOnFailure: isShort },
  );
}

const refuses = <Refusal extends Error>(
  kind: new (...given: never[]) => Refusal,
  act: () => void,
): void => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
};

describe(`what is typed, from seed ${SEED} (PAGEWALK_SEED), ${MORE} times (PAGEWALK_RUNS)`, () => {
  const recorded = fc.constantFrom(...RECORDED);

  it('is whole, unfinished or wrong for the shell', () => {
    every(20_000, anything, readShell);
    every(30_000, spoilt(recorded), readShell);
    every(12_000, line, readShell);
    every(14_000, spoilt(line), readShell);
  });

  it('is commands of virsh, or refused in its words', () => {
    const holds = (text: string): void =>
      timed(text, () => refuses(SyntaxProblem, () => void parse(split(text))));
    every(12_000, virsh, holds);
    every(10_000, spoilt(virsh), holds);
    every(6_000, anything, holds);
  });

  it('is a definition, or refused by libvirt', () => {
    every(12_000, document, (text) =>
      timed(text, () => refuses(LibvirtError, () => void parseDomain(text))),
    );
  });
});

describe('a host', () => {
  /** Does them one after the other on a host as new; what is wrong then, null where nothing is. */
  const problemOf = (lines: readonly string[]): Error | null => {
    const host = new WatchedHost(kvm);
    try {
      for (const text of lines) host.run(text);
      host.audit();
      return null;
    } catch (error) {
      return error as Error;
    }
  };
  /** What fails without one of its halves, quarters and so on, or in the end of its lines, is cut to that. */
  const shortest = (lines: readonly string[]): readonly string[] => {
    let left = lines;
    for (
      let size = Math.ceil(left.length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let at = 0; at < left.length;) {
        const fewer = [...left.slice(0, at), ...left.slice(at + size)];
        if (fewer.length > 0 && problemOf(fewer) !== null) left = fewer;
        else at += size;
      }
    }
    return left;
  };
  const sequences = (count: number, length: number, of: Arbitrary<string>): void =>
    every(
      count,
      fc.array(of, { minLength: length, maxLength: length, size: 'max' }),
      (lines) => {
        inputs += lines.length - 1;
        if (problemOf(lines) === null) return;
        const few = shortest(lines);
        throw new Error(`after ${few.map(brief).join(', ')}`, { cause: problemOf(few) });
      },
      true,
    );

  it('stands every program with what it may not expect', () => {
    const given = [
      '',
      '< /dev/zero',
      '/dev/zero',
      '/tmp/raw',
      "''",
      '/proc/self/fd/1',
      '-c 1.',
      '-x --nothing',
      '/ /tmp/none/x',
      '-n 99999999999999999999',
    ];
    for (const name of NAMES) {
      if (name === 'reboot') continue;
      const lines = [
        'head -c 300K /dev/urandom > /tmp/raw',
        ...given.map((text) => `${name} ${text}`),
      ];
      inputs += lines.length;
      const problem = problemOf(lines);
      if (problem !== null) throw new Error(`of ${name}`, { cause: problem });
    }
  });
  it('stands any option of any program', () => sequences(60, 100, called));
  it('stands any line', () => {
    sequences(30, 50, line);
    sequences(30, 50, spoilt(fc.constantFrom(...RECORDED)));
    sequences(8, 50, anything);
  });
  it('stands any definition', () => {
    const given = document.map(
      (text) =>
        `cat > /tmp/x.xml <<'EOF'\n${text}\nEOF\nvirsh define --validate /tmp/x.xml; virsh define /tmp/x.xml && virsh start three; virsh create /tmp/x.xml`,
    );
    sequences(20, 25, given);
  });
  it('stands everything that moves memory, in any order, as time passes', () => {
    const act = fc.oneof(
      { weight: 4, arbitrary: doing },
      fc.integer({ min: 1, max: 40 }).map((seconds) => `sleep ${seconds}`),
    );
    sequences(60, 40, act);
  });
  it('has had a hundred thousand inputs', () =>
    expect(inputs).toBeGreaterThanOrEqual(100_000 * MORE));
});
