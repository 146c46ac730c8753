import { describe, expect, it } from 'vitest';
import { labelOf, lookOf } from './looks.ts';
import { cellSentence, formatSize, frameSentence, kindName, percentOf } from './messages.ts';
import { FRAME_KINDS } from './source.ts';

describe('what is said of frames', () => {
  it('names a frame with its address, kind, guest and details', () => {
    const info = { kind: 'anonymous', owner: 'web', detail: { gpa: '0x1000', maps: 1 } } as const;
    expect(frameSentence('en', 300_000, info)).toBe(
      'Frame 300,000, 0x493e0000: Guest memory, web; guest-physical 0x1000, mappings 1.',
    );
    expect(frameSentence('zh', 300_000, info)).toBe(
      '页框 300,000，地址 0x493e0000：客户机内存，web；客户机物理地址 0x1000，映射数 1。',
    );
    expect(frameSentence('en', 0, { kind: 'reserved', owner: null, detail: {} })).toBe(
      'Frame 0, 0x0: Reserved at boot.',
    );
  });

  it('says of a cell of many frames what most are, and how many are in use', () => {
    const cell = { first: 512, count: 256, kind: 'file', owner: null, fill: 0.5 } as const;
    expect(cellSentence('en', cell)).toBe(
      'Frames 512 to 767, 0x200000: mostly page cache; 50 % in use.',
    );
    expect(cellSentence('zh', cell)).toBe(
      '页框 512 至 767，地址 0x200000：主要是页缓存；已用 50 %。',
    );
    expect(cellSentence('en', { ...cell, kind: 'free', fill: 0 })).toBe(
      'Frames 512 to 767, 0x200000: Free.',
    );
    expect(cellSentence('en', { ...cell, kind: 'ksm' })).toContain('mostly merged by KSM');
    expect(cellSentence('en', { ...cell, kind: 'kvm-table' })).toContain('mostly KVM’s tables');
  });

  it('does not round a few to none, nor most to all', () => {
    expect(percentOf(0)).toBe('0');
    expect(percentOf(1 / 255)).toBe('1');
    expect(percentOf(254.9 / 255)).toBe('99');
    expect(percentOf(1)).toBe('100');
  });

  it('gives sizes in units that fit', () => {
    expect(formatSize('en', 4096)).toBe('4 KiB');
    expect(formatSize('en', 2 ** 20)).toBe('1 MiB');
    expect(formatSize('en', 1.5 * 2 ** 30)).toBe('1.5 GiB');
    expect(formatSize('zh', 2 ** 42)).toBe('4 TiB');
  });

  it('tells every kind from every other without colour', () => {
    const marks = FRAME_KINDS.map((kind) => {
      const { lines, shape } = lookOf(kind, 0);
      return `${lines} ${shape}`;
    });
    // Free and plain memory have no marks; they are told by their letter, or its absence.
    expect(new Set(marks).size).toBe(FRAME_KINDS.length - 1);
    expect(new Set(FRAME_KINDS.map((kind) => labelOf(kind, 0))).size).toBe(FRAME_KINDS.length);
    expect(labelOf('anonymous', 2)).toBe('A2');
  });

  it('has a name for every kind, of a guest and of nobody, in both languages', () => {
    for (const locale of ['en', 'zh'] as const) {
      for (const owner of [null, 'web']) {
        const names = FRAME_KINDS.map((kind) => kindName(locale, kind, owner));
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });
});
