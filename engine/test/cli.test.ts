import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/index.ts';

interface Run {
  status: number;
  out: Record<string, unknown>[];
  err: string;
}

async function translate(args: string[], stdin: string | Buffer = ''): Promise<Run> {
  let out = '';
  let err = '';
  const sink = (take: (text: string) => void): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        take(chunk.toString());
        done();
      },
    });
  const status = await commands['translate']?.run(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: sink((text) => (out += text)),
    stderr: sink((text) => (err += text)),
  });
  return {
    status: status ?? -1,
    out:
      out === '' || !out.startsWith('{')
        ? []
        : out
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Record<string, unknown>),
    err,
  };
}

const GOOD = {
  id: 'good',
  paging: { cr3: '0x1000' },
  nested: null,
  memory: [
    ['0x1000', '0x2027'],
    ['0x2000', '0x3027'],
    ['0x3010', '0x4027'],
    ['0x4000', '0x9007'],
  ],
  access: { gva: '0x400123', kind: 'write', cpl: 3 },
};
const line = (change: Record<string, unknown>): string => JSON.stringify({ ...GOOD, ...change });

describe('pagewalk translate', () => {
  it('answers the example of the contract', async () => {
    const { status, out, err } = await translate([], line({}));
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toEqual([
      {
        id: 'good',
        result: 'ok',
        hpa: '0x9123',
        guestPage: '4K',
        page: '4K',
        refs: [
          ['guest', 4, '0x1000', '0x2027'],
          ['guest', 3, '0x2000', '0x3027'],
          ['guest', 2, '0x3010', '0x4027'],
          ['guest', 1, '0x4000', '0x9007'],
        ],
        stores: [['0x4000', '0x9067']],
      },
    ]);
  });

  const ept = { kind: 'ept', root: '0x8000' };
  it.each<[string, string, string]>([
    ['not JSON', '{"id":', 'line: is not JSON'],
    ['a list', '[]', 'line: is []'],
    ['an unknown key', line({ hello: 1 }), 'hello: is not a known key'],
    ['an unknown key inside', line({ paging: { cr3: '0x1000', pge: true } }), 'paging.pge: is not'],
    ['no paging', line({ paging: undefined }), 'paging: is missing'],
    ['no cr3', line({ paging: {} }), 'paging.cr3: is missing'],
    ['an odd level', line({ paging: { cr3: '0x1000', levels: 3 } }), 'paging.levels: is 3; 4 or 5'],
    ['a level as text', line({ paging: { cr3: '0x1000', levels: '4' } }), 'paging.levels: is "4"'],
    [
      'a cr3 beyond MAXPHYADDR',
      line({ paging: { cr3: '0x1000', maxphyaddr: 53 } }),
      'paging.maxphyaddr: is 53',
    ],
    [
      'a wide cr3',
      line({ paging: { cr3: '0x10000000000', maxphyaddr: 40 } }),
      'paging.cr3: 0x10000000000 lies beyond MAXPHYADDR',
    ],
    [
      'a flag as a number',
      line({ paging: { cr3: '0x1000', wp: 1 } }),
      'paging.wp: is 1; true or false',
    ],
    ['another dimension', line({ nested: { kind: 'vtd', root: '0x0' } }), 'nested.kind: is "vtd"'],
    ['no root', line({ nested: { kind: 'ept' } }), 'nested.root: is missing'],
    [
      'an EPT flag on NPT',
      line({ nested: { kind: 'npt', root: '0x0', ad: true } }),
      'nested.ad: is not',
    ],
    [
      'a wide guest-physical cr3',
      line({ paging: { cr3: '0x1000000000000', maxphyaddr: 52 }, nested: ept }),
      'paging.cr3: leads to guest-physical 0x1000000000000',
    ],
    ['no memory', line({ memory: undefined }), 'memory: is missing'],
    ['memory that is no list', line({ memory: {} }), 'memory: is {}'],
    ['a lone address', line({ memory: [['0x1000']] }), 'memory[0]: is ["0x1000"]'],
    [
      'an unaligned entry',
      line({ memory: [['0x1004', '0x0']] }),
      'memory[0][0]: 0x1004 is not 8-aligned; 0x1000',
    ],
    [
      'an entry beyond MAXPHYADDR',
      line({ memory: [['0x400000000000', '0x0']] }),
      'memory[0][0]: 0x400000000000 lies beyond',
    ],
    [
      'an entry of 65 bits',
      line({ memory: [['0x1000', '0x10000000000000000']] }),
      'memory[0][1]: is "0x1',
    ],
    ['an address as a number', line({ memory: [[4096, '0x0']] }), 'memory[0][0]: is 4096'],
    ['no access', line({ access: undefined }), 'access: is missing'],
    ['no gva', line({ access: { kind: 'read', cpl: 3 } }), 'access.gva: is missing'],
    ['no cpl', line({ access: { gva: '0x0', kind: 'read' } }), 'access.cpl: is missing'],
    ['cpl 1', line({ access: { gva: '0x0', kind: 'read', cpl: 1 } }), 'access.cpl: is 1; 0 or 3'],
    [
      'a bad kind',
      line({ access: { gva: '0x0', kind: 'execute', cpl: 3 } }),
      'access.kind: is "execute"',
    ],
    [
      'a gva without 0x',
      line({ access: { gva: '400123', kind: 'read', cpl: 3 } }),
      'access.gva: is "400123"',
    ],
  ])('names the field of %s, and does the other lines', async (_what, bad, message) => {
    const { status, out, err } = await translate([], `${line({})}\n\n${bad}\n${line({ id: 2 })}`);
    expect(status).toBe(1);
    expect(out.map((one) => one['result'])).toEqual(['ok', 'invalid', 'ok']);
    expect(String(out[1]?.['message'])).toContain(message);
    expect(err).toBe(`line 3: ${String(out[1]?.['message'])}\n`);
  });

  it('echoes the id of a bad line where it can be read', async () => {
    const { out } = await translate([], line({ id: [7], memory: 1 }));
    expect(out[0]?.['id']).toEqual([7]);
  });

  it('refuses a guest entry that leads beyond 48 bits under four nested levels', async () => {
    const bad = line({
      paging: { cr3: '0x0', maxphyaddr: 52 },
      nested: { kind: 'npt', root: '0x8000' },
      memory: [
        ['0x8000', '0x9067'],
        ['0x9000', '0xa067'],
        ['0xa000', '0xb067'],
        ['0xb000', '0x1067'],
        ['0x1000', '0x1000000000067'],
      ],
    });
    const { status, out } = await translate([], bad);
    expect(status).toBe(1);
    expect(out[0]?.['message']).toContain('leads to guest-physical 0x1000000000000;');
  });

  it('takes the later of two entries for one address, and hexadecimal in either case', async () => {
    const memory = [...GOOD.memory, ['0X4000', '0xABC007']];
    const { out } = await translate([], line({ memory }));
    expect(out[0]?.['hpa']).toBe('0xabc123');
  });

  it('starts each line from the machine file again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pagewalk-'));
    const machine = join(folder, 'machine.json.gz');
    const { paging, nested, memory } = GOOD;
    await writeFile(machine, gzipSync(JSON.stringify({ source: 'here', paging, nested, memory })));
    const access = JSON.stringify({ id: 1, access: GOOD.access });
    const own = JSON.stringify({ id: 2, access: GOOD.access, memory: [['0x1000', '0x0']] });
    const { status, out } = await translate(
      ['--machine', machine],
      `${access}\n${access}\n${own}\n${access}\n`,
    );
    expect(status).toBe(0);
    expect(out.map((one) => one['stores'])).toEqual([
      [['0x4000', '0x9067']],
      [['0x4000', '0x9067']],
      [],
      [['0x4000', '0x9067']],
    ]);
  });

  it('reads gzip as what it holds', async () => {
    const { out } = await translate(['-'], gzipSync(line({})));
    expect(out[0]?.['hpa']).toBe('0x9123');
  });

  it('names the field of a bad machine file and does nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pagewalk-'));
    const machine = join(folder, 'machine.json');
    await writeFile(machine, JSON.stringify({ paging: { cr3: 7 } }));
    const { status, out, err } = await translate(['--machine', machine], line({}));
    expect({ status, out }).toEqual({ status: 1, out: [] });
    expect(err).toContain('paging.cr3: is 7');
  });

  it.each([
    [['--nonsense'], 'unknown option --nonsense'],
    [['--machine'], '--machine needs a file'],
    [['a', 'b'], 'one FILE at most'],
    [['/no/such/file'], '/no/such/file: cannot be read (ENOENT)'],
  ])('refuses %j as a usage error', async (args, message) => {
    const { status, err } = await translate(args);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });
});
