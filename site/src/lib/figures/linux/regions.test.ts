import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_MACHINE, Workbench, parseDump } from '@pagewalk/engine';
import type { Mapping } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { pageAt, regionsOf } from './regions.ts';

let pages: Mapping[];
beforeAll(async () => {
  const bench = new Workbench(await loadEngine());
  const { resolve } = createRequire(`${process.cwd()}/`);
  const dump = resolve('@pagewalk/lessons/05-ept-and-npt/linux-6.1-4level.json.gz');
  bench.loadDump(parseDump(gunzipSync(readFileSync(dump)).toString()));
  pages = [...bench.mappings({ ...DEFAULT_MACHINE, guest: 'linux', mode: 'native' })];
});

describe('the regions of the Linux guest', () => {
  it('cover all of its pages, each once', () => {
    const regions = regionsOf(pages);
    let next = 0;
    for (const { first, count } of regions) {
      expect(first).toBe(next);
      next += count;
    }
    expect(next).toBe(pages.length);
  });

  it('hold user pages where they say so, and only there', () => {
    for (const { region, first, count } of regionsOf(pages)) {
      const users = pages.slice(first, first + count).filter((one) => one.user).length;
      expect([region, users > 0]).toEqual([region, region === 'user']);
    }
  });

  it('find the page of any address', () => {
    const index = 5000;
    const page = pages[index];
    if (page === undefined) throw new Error('no page');
    expect(pageAt(pages, page.gva)).toBe(index);
    expect(pageAt(pages, page.gva + 0xfffn)).toBe(index);
    expect(pageAt(pages, page.gva - 1n)).toBe(index - 1);
    expect(pageAt(pages, 0n)).toBe(-1);
  });
});
