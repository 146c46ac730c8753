import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { createTranslator, readMachineFile } from '../src/cli/translate.ts';
import type { MachineDefaults, Translator } from '../src/cli/translate.ts';
import { loadEngine } from '../src/node.ts';
import { haveShared, sharedLines } from './shared.ts';

/**
 * A real Linux guest's tables, and what QEMU says that they map. Every mapping when PAGEWALK_DEEP=1,
 * else a sample of them with every combination of flags in it.
 */
const EXPECTED = 'dumps/linux-6.1-4level.expected.tsv.gz';
const DUMP = new URL('../../lessons/05-ept-and-npt/linux-6.1-4level.json.gz', import.meta.url);
const DEEP = process.env['PAGEWALK_DEEP'] === '1';
const SAMPLE = 2000;
const SEED = 61;

interface Mapping {
  gva: string;
  gpa: string;
  page: string;
  flags: string;
}

const present = haveShared(EXPECTED);

describe.skipIf(!present)('the dump of a Linux 6.1 guest, against QEMU', () => {
  const all: Mapping[] = (present ? sharedLines(EXPECTED) : []).map((line) => {
    const [gva = '', gpa = '', page = '', flags = ''] = line.split('\t');
    return { gva, gpa, page, flags };
  });
  const chosen = DEEP ? all : sample(all);
  let file: MachineDefaults & { paging: Record<string, unknown> };
  let translator: Translator;

  beforeAll(async () => {
    file = readMachineFile(gunzipSync(readFileSync(DUMP)).toString('utf8')) as typeof file;
    translator = createTranslator(await loadEngine(), file);
  });

  test('QEMU’s list has 74,021 mappings', () => {
    expect(all).toHaveLength(74_021);
    console.log(`dump: ${chosen.length} mappings${DEEP ? '' : `, sample of seed ${SEED}`}`);
  });

  /** Each mapping by each kind of access, under these changes to the guest's control registers. */
  function compare(change: Record<string, unknown>, cpl: 0 | 3): void {
    const paging = { ...file.paging, ...change };
    const wrong: string[] = [];
    let compared = 0;
    for (const mapping of chosen) {
      for (const kind of ['read', 'write', 'fetch'] as const) {
        compared++;
        const answer = translator.input({
          id: mapping.gva,
          paging,
          nested: null,
          access: { gva: mapping.gva, kind, cpl },
        });
        const expected = permits(mapping, kind, cpl, paging)
          ? `ok ${mapping.gpa} ${mapping.page}`
          : `page-fault ${errorCode(kind, cpl)}`;
        const found =
          answer.result === 'ok'
            ? `ok ${String(answer['hpa'])} ${String(answer['page'])}`
            : `${answer.result} ${String(answer['errorCode'])}`;
        if (found !== expected) {
          wrong.push(`${mapping.gva} ${mapping.flags} ${kind}: ${found}, QEMU: ${expected}`);
        }
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(compared).toBe(3 * chosen.length);
  }

  const TIME = DEEP ? 600_000 : 30_000;
  test('user accesses', () => compare({}, 3), TIME);
  test('supervisor accesses as the guest runs: SMEP, SMAP, WP', () => compare({}, 0), TIME);
  test('supervisor accesses with AC', () => compare({ ac: true }, 0), TIME);
  test('supervisor accesses without SMAP', () => compare({ smap: false }, 0), TIME);
  test('supervisor accesses without SMEP', () => compare({ smep: false }, 0), TIME);
  test('supervisor accesses without WP', () => compare({ wp: false, ac: true }, 0), TIME);
});

/** SDM 4.6.1, with the rights that QEMU has already accumulated over the levels. */
function permits(
  { flags }: Mapping,
  kind: 'read' | 'write' | 'fetch',
  cpl: 0 | 3,
  paging: Record<string, unknown>,
): boolean {
  const user = flags.includes('U');
  if (cpl === 3 && !user) return false;
  if (kind === 'fetch') return !flags.startsWith('X') && !(cpl === 0 && user && paging['smep']);
  if (cpl === 0 && user && paging['smap'] && !paging['ac']) return false;
  return kind === 'read' || flags.endsWith('W') || (cpl === 0 && !paging['wp']);
}

/** SDM 4.7: P, because the page is there; W/R, U/S and (with NXE) I/D by the access. */
const errorCode = (kind: string, cpl: 0 | 3): number =>
  1 | (kind === 'write' ? 2 : 0) | (cpl === 3 ? 4 : 0) | (kind === 'fetch' ? 16 : 0);

/** One mapping of each page size and flag string, and others by a fixed linear congruence. */
function sample(all: Mapping[]): Mapping[] {
  const chosen = new Map<string, Mapping>();
  for (const mapping of all) {
    const key = `${mapping.page} ${mapping.flags}`;
    if (!chosen.has(key)) chosen.set(key, mapping);
  }
  const list = [...chosen.values()];
  let state = SEED;
  while (list.length < Math.min(SAMPLE, all.length)) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    list.push(all[Math.floor((state / 2 ** 32) * all.length)]!);
  }
  return list;
}
