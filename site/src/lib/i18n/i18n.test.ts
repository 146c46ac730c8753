import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { formatNumber, groupedHex, hexGroups } from './format.ts';
import { zh } from './zh.ts';

describe('addresses', () => {
  it('are grouped by four digits from the right', () => {
    expect(hexGroups(0x55d0c0de1a58n)).toEqual(['55d0', 'c0de', '1a58']);
    expect(hexGroups(0x401136n)).toEqual(['40', '1136']);
    expect(hexGroups(0n)).toEqual(['0']);
  });

  it('line up when they are filled to one width', () => {
    expect(hexGroups(0x1000n, 12)).toEqual(['0000', '0000', '1000']);
    expect(groupedHex(0x401136n)).toBe('0x40\u20091136');
  });
});

it('counts are written as the language does', () => {
  expect(formatNumber('en', 16_800_000)).toBe('16,800,000');
  expect(formatNumber('zh', 512n)).toBe('512');
});

describe('messages', () => {
  it('have one and many', () => {
    expect(en.home.headline(1)).toContain(' 1 memory read. ');
    expect(en.home.headline(24)).toContain(' 24 memory reads. ');
    expect(zh.home.headline(1)).toContain('，1 次访存，');
  });

  it('in Chinese are Chinese, with full-width commas', () => {
    const all = JSON.stringify(zh, (_, value: unknown) =>
      typeof value === 'function' ? '' : value,
    );
    expect(all).not.toMatch(/[\u4e00-\u9fff][,;:!?][\u4e00-\u9fff]/);
  });

  it('say each outcome as a noun phrase with its number', () => {
    expect(en.values.outcome({ result: 'ept-violation', qualification: 0x181, gpa: 0n })).toEqual([
      'EPT violation, exit qualification ',
      { hex: 0x181 },
    ]);
  });
});
