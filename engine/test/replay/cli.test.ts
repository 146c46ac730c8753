import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/index.ts';

interface Run {
  status: number;
  out: string;
  err: string;
}

async function replay(args: string[], stdin: string | Buffer = '', isTTY = false): Promise<Run> {
  let out = '';
  let err = '';
  const sink = (take: (text: string) => void): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        take(chunk.toString());
        done();
      },
    });
  const status = await commands['replay']!.run(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: sink((text) => (out += text)),
    stderr: Object.assign(
      sink((text) => (err += text)),
      { isTTY },
    ),
  });
  return { status, out, err };
}

// Two pages; the modify's bytes reach from one into the other.
const TRACE = `==1== Lackey, an example Valgrind tool
I  04001090,3
 L 1fff000010,8
 S 1fff000018,4
 M 1fff000ffc,8
`;
const NATIVE = {
  design: 'native-4k',
  accesses: 6,
  tlb_l1_hits: 4,
  tlb_l2_hits: 0,
  tlb_misses: 2,
  walk_refs: 8,
  exits: 0,
  cycles: 6 * 4 + 8 * 12,
};

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'pagewalk-')), name);
  await writeFile(path, content);
  return path;
}

describe('pagewalk replay', () => {
  it('counts a trace from standard input', async () => {
    const { status, out, err } = await replay(['--design', 'native-4k', '--json', '-'], TRACE);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(JSON.parse(out)).toEqual({ trace: '-', designs: [NATIVE] });
  });

  it('counts fetches, and all lines into one TLB', async () => {
    const counts = async (kinds: string): Promise<unknown> => {
      const run = await replay([`--kinds=${kinds}`, '--design=ept-4k-4k', '--json'], TRACE);
      const [result] = (JSON.parse(run.out) as { designs: (typeof NATIVE)[] }).designs;
      return [result!.accesses, result!.tlb_misses, result!.walk_refs, result!.exits];
    };
    expect(await counts('fetch')).toEqual([1, 1, 24, 1]);
    expect(await counts('all')).toEqual([7, 3, 72, 3]);
  });

  it('reads gzip whatever its name is, and plain text whatever its name is', async () => {
    const args = ['--design', 'native-4k', '--json'];
    for (const [name, content] of [
      ['trace.gz', gzipSync(TRACE)],
      ['trace.txt', gzipSync(TRACE)],
      ['trace.gz', Buffer.from(TRACE)],
      ['two.gz', Buffer.concat([gzipSync(TRACE.slice(0, 50)), gzipSync(TRACE.slice(50))])],
    ] as const) {
      const path = await file(name, content);
      const { status, out } = await replay([...args, path]);
      expect({ status, out: JSON.parse(out) as unknown }).toEqual({
        status: 0,
        out: { trace: path, designs: [NATIVE] },
      });
    }
  });

  it('prints a table for a person, and CSV', async () => {
    const long = TRACE.repeat(2000);
    const table = await replay(['--design', 'native-4k', '--design', 'ept-4k-4k'], long);
    expect(table.out.split('\n')).toEqual([
      'design     accesses  L1 hits  L2 hits  misses  walk refs  exits  cycles',
      'native-4k    12,000   11,998        0       2          8      0  48,096',
      'ept-4k-4k    12,000   11,998        0       2         48      2  51,776',
      '',
    ]);
    const csv = await replay(['--design', 'native-4k', '--csv'], TRACE);
    expect(csv.out).toBe(
      'trace,design,accesses,tlb_l1_hits,tlb_l2_hits,tlb_misses,walk_refs,exits,cycles\n-,native-4k,6,4,0,2,8,0,120\n',
    );
  });

  it('takes several usual designs where none is given', async () => {
    const { out } = await replay(['--json'], TRACE);
    const { designs } = JSON.parse(out) as { designs: { design: string }[] };
    expect(designs.map(({ design }) => design)).toContain('shadow-4k');
    expect(designs.length).toBeGreaterThan(5);
  });

  it('takes a design from a file, with its own TLB, caches and costs', async () => {
    const design = {
      mode: 'native',
      tlb: { l1: [{ sizes: ['4K'], entries: 1, ways: 1 }] },
      psc: { pde: { entries: 4, ways: 4 } },
      cost: { access: 1, walkReference: 100 },
    };
    const path = await file('tiny.json', JSON.stringify(design));
    const { status, out } = await replay(['--design', path, '--json'], TRACE);
    expect(status).toBe(0);
    // Pages A A A B A B: five misses but for the two repetitions; the first walk is whole.
    expect(JSON.parse(out)).toMatchObject({
      designs: [{ design: 'tiny', accesses: 6, tlb_l1_hits: 2, tlb_misses: 4, walk_refs: 7 }],
    });
    expect(JSON.parse(out)).toMatchObject({ designs: [{ cycles: 6 + 700 }] });
  });

  it('names bad lines, counts the others, and tells no more than some', async () => {
    const bad = `${TRACE}hello\n L 0x10,8\n L 10\n L 10,99999\n L 10,8 x\n L 1234567812345678,8\n`;
    const { status, out, err } = await replay(['--design', 'native-4k', '--json'], bad);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toEqual({ trace: '-', designs: [NATIVE] });
    const lines = err.trimEnd().split('\n');
    expect(lines.map((line) => /^line \d+: \S+ \S+/.exec(line)?.[0])).toEqual([
      'line 6: begins with',
      'line 7: has no',
      'line 8: has no',
      'line 9: has no',
      'line 10: goes on',
      'line 11: has an',
      undefined,
    ]);
    expect(lines[0]).toContain('I, L, S or M and a space would be right: "hello"');
    expect(lines[6]).toBe('6 bad lines in all; the others count');

    const many = await replay(['--design', 'native-4k'], 'x\n'.repeat(100_000));
    expect(many.err.split('\n').length).toBeLessThan(20);
    expect(many.err).toContain('100000 bad lines in all');
  });

  it('replays what came of a file that is cut off', async () => {
    const whole = gzipSync(TRACE.repeat(5000), { level: 1 });
    const path = await file('cut.gz', whole.subarray(0, whole.length - 20));
    const { status, out, err } = await replay(['--design', 'native-4k', '--json', path]);
    expect(status).toBe(1);
    expect(err).toContain('cut.gz: cannot be read to its end (unexpected end of file)');
    expect(JSON.parse(out)).toMatchObject({ designs: [{ tlb_misses: 2 }] });
  });

  it('shows how far it is on a terminal, and takes that away', async () => {
    const path = await file('trace', TRACE);
    const { err } = await replay([path], '', true);
    expect(err).toBe('\r100 % (0.0 MB) read \r\x1b[K');
    expect((await replay([path])).err).toBe('');
  });

  it.each([
    [['--design', 'ept-4k-4K'], "unknown design 'ept-4k-4K'; did you mean 'ept-4k-4k'?"],
    [['--design'], '--design needs a value'],
    [['--kinds', 'both'], '--kinds both: data, fetch, all would be right'],
    [['--json', '--csv'], '--json and --csv exclude each other'],
    [['--nonsense'], 'unknown option --nonsense'],
    [['a', 'b'], 'one TRACE at most'],
    [['/no/such/file'], '/no/such/file: cannot be read (ENOENT)'],
    [['--design', 'no-such.json'], 'no-such.json: cannot be read (ENOENT)'],
  ])('refuses %j as a usage error', async (args, message) => {
    const { status, out, err } = await replay(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
  });

  it.each([
    ['{', 'is not JSON'],
    ['{"mode":"ept","levels":3}', 'levels: is 3; 4 or 5 would be right'],
  ])('names what is wrong with the design file %j', async (content, message) => {
    const path = await file('design.json', content);
    const { status, out, err } = await replay(['--design', path], TRACE);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain(`design.json: ${message}`);
  });
});
