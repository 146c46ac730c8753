import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/index.ts';

async function pagewalk(
  name: 'run' | 'conform',
  args: string[],
  stdin: string | Buffer = '',
): Promise<{ status: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const sink = (to: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[to] += chunk.toString();
        done();
      },
    });
  const status = await commands[name]?.run(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: sink('out'),
    stderr: sink('err'),
  });
  return { status: status ?? -1, ...written };
}

const SCENARIO = {
  machine: { mmu: { mode: 'ept' }, guests: [{ name: 'a', memory: '8M' }] },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', guest: 'a', process: 'p1', gva: '0x400000', pages: 2, flags: 'rwu' },
    { do: 'mark', name: 'mapped' },
    { do: 'access', guest: 'a', process: 'p1', gva: '0x400000', pages: 2, kind: 'write' },
    { do: 'mark', name: 'written' },
  ],
};
const text = JSON.stringify(SCENARIO);

describe('pagewalk run', () => {
  it('prints marks and the hash as JSON, the same each time', async () => {
    const { status, out } = await pagewalk('run', ['-', '--json'], text);
    expect(status).toBe(0);
    const result = JSON.parse(out) as {
      marks: { name: string; counters: object }[];
      stateHash: string;
    };
    expect(result.marks.map(({ name }) => name)).toEqual(['mapped', 'written']);
    expect(result.marks[1]?.counters).toMatchObject({ accesses: 2, tlb_misses: 2, walk_refs: 48 });
    expect(result.stateHash).toMatch(/^0x[0-9a-f]{1,16}$/);
    expect((await pagewalk('run', ['-', '--json'], gzipSync(text))).out).toBe(out);
  });

  it('prints every event as a line, and the result last', async () => {
    const { out } = await pagewalk('run', ['-', '--events'], text);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toHaveProperty('stateHash');
    const events = lines.slice(0, -1);
    expect(events.filter(({ event }) => event === 'access')).toEqual([
      expect.objectContaining({ step: 5, action: 3, page: 0, gva: '0x400000', kind: 'write' }),
      expect.objectContaining({ step: 6, action: 3, page: 1, gva: '0x401000', kind: 'write' }),
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({
        step: 5,
        event: 'exit',
        reason: 'nested-fault',
        subject: '0x400000',
      }),
    );
  });

  it('prints a table for people, and the schema', async () => {
    const { out } = await pagewalk('run', ['-'], text);
    expect(out).toMatch(/^ +mapped +written\n/);
    expect(out).toMatch(/\naccesses +0 +2\n/);
    const schema = await pagewalk('run', ['--schema']);
    expect(JSON.parse(schema.out)).toMatchObject({ title: 'A Pagewalk scenario', type: 'object' });
  });

  it.each([
    ['{', /^pagewalk run: -: scenario: is not JSON/],
    [text.replace('"ept"', '"epd"'), /^pagewalk run: -: machine\.mmu\.mode: is "epd";/],
    [
      text.replace('"pages":2', '"pages":0'),
      /actions\[1\]\.pages: is 0; a number from 1 would be right/,
    ],
  ])('refuses what does not fit by its field, with status 1: %#', async (stdin, message) => {
    const { status, out, err } = await pagewalk('run', ['-', '--json'], stdin);
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('an action that cannot be done ends the run with status 1, and what was counted is printed', async () => {
    const { status, out, err } = await pagewalk(
      'run',
      ['-', '--json'],
      text.replace('"pages":2,"flags"', '"pages":5000,"flags"'),
    );
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ marks: [] });
    expect(err).toMatch(/actions\[1\]: guest "a": no guest frames are left for it/);
  });

  it.each([[[]], [['a', 'b']], [['--jsn', '-']], [['/nowhere/x.json']]])(
    'a mistake in the command line has status 2: %j',
    async (args) => {
      const { status, err } = await pagewalk('run', args);
      expect(status).toBe(2);
      expect(err).toMatch(/See pagewalk run --help\./);
    },
  );
});

describe('pagewalk conform', () => {
  const one = {
    name: 'W',
    params: 'own',
    host: { populated: true, page: '4K' },
    layout: [
      'A gpa=200000 level=3',
      'A gpa=201000 level=4',
      'SPACE root=201000',
      'M root=201000 va=ffff888000001000 gpa=1000 n=1 flags=67 size=4k',
      'A gpa=202000 level=2',
      'A gpa=203000 level=1',
    ],
    phases: [{ name: 'boot', ops: ['NOP'] }],
  };

  it('replays records without expectations too, a line for each mode', async () => {
    const { status, out } = await pagewalk(
      'conform',
      ['-', '--json'],
      JSON.stringify({ workloads: [one] }),
    );
    expect(status).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      {
        workload: 0,
        mode: 'shadow',
        phases: [[{ exits: 1, pf_taken: 1, mmu_cache_miss: 4, pages_4k: 1 }]],
      },
      { workload: 0, mode: 'nested', phases: [[{ exits: 5, pf_taken: 5, pages_4k: 5 }]] },
    ]);
  });

  it('says what counts otherwise than recorded', async () => {
    const expected = {
      shadow: [[{ exits: 2 }]],
      nested: [[{ exits: 5, pf_taken: 5, pages_4k: 5 }]],
    };
    const { status, out } = await pagewalk(
      'conform',
      ['-'],
      JSON.stringify({ kernel: 'K', workloads: [{ ...one, expected }] }),
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^K: 1 of 2 instructions count as recorded\n/);
    expect(out).toMatch(
      /0 W own, shadow, boot 0: NOP\n +recorded \{"exits":2\}\n +counted +\{"exits":1/,
    );
  });

  it('names a workload that cannot be used, does the others, and has status 1', async () => {
    const bad = { ...one, layout: ['A gpa=zz level=3'] };
    const { status, out, err } = await pagewalk(
      'conform',
      ['-', '--json'],
      JSON.stringify({ workloads: [bad, one] }),
    );
    expect(status).toBe(1);
    expect(err).toMatch(/workloads\[0\]\.layout\[0\]\.gpa/);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
  });
});
