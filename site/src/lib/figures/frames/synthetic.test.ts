import { describe, expect, it } from 'vitest';
import { FRAME_KINDS, KIND_NUMBER } from './source.ts';
import type { FrameWindow } from './source.ts';
import { SyntheticFrames } from './synthetic.ts';

const window = (cells: number): FrameWindow => ({
  kinds: new Uint8Array(cells),
  owners: new Uint8Array(cells),
  fill: new Uint8Array(cells),
});

describe('a host without a machine', () => {
  const source = new SyntheticFrames(300_000);

  it('is the same each time', () => {
    const all = (one: SyntheticFrames): string => {
      const found = window(20_000);
      one.read(0, 1, 20_000, found);
      return JSON.stringify([...found.kinds, ...found.owners, ...found.fill]);
    };
    expect(all(new SyntheticFrames(20_000))).toBe(all(new SyntheticFrames(20_000)));
    const other = new SyntheticFrames(20_000, undefined, 2);
    expect(all(other)).not.toBe(all(new SyntheticFrames(20_000)));
  });

  it('says of single frames what it says of windows', () => {
    const all = window(source.frames);
    source.read(0, 1, source.frames, all);
    for (let frame = 0; frame < source.frames; frame += 977) {
      const { kind, owner } = source.frame(frame);
      expect(FRAME_KINDS[all.kinds[frame]!]).toBe(kind);
      expect(source.owners[all.owners[frame]! - 1] ?? null).toBe(owner);
      expect(all.fill[frame]).toBe(kind === 'free' ? 0 : 255);
    }
  });

  it('shows of a cell the kind that most of its frames in use have', () => {
    const all = window(source.frames);
    source.read(0, 1, source.frames, all);
    for (const perCell of [4, 64, 1024, 65_536]) {
      const cells = Math.ceil(source.frames / perCell);
      const found = window(cells);
      source.read(0, perCell, cells, found);
      for (let cell = 0; cell < cells; cell += Math.ceil(cells / 300)) {
        const counts = new Map<number, number>();
        const end = Math.min((cell + 1) * perCell, source.frames);
        let used = 0;
        for (let frame = cell * perCell; frame < end; frame++) {
          const kind = all.kinds[frame]!;
          if (kind === KIND_NUMBER.free) continue;
          used++;
          const both = kind * 256 + all.owners[frame]!;
          counts.set(both, (counts.get(both) ?? 0) + 1);
        }
        const most = Math.max(0, ...counts.values());
        const both = found.kinds[cell]! * 256 + found.owners[cell]!;
        expect(counts.get(both) ?? 0, `cell ${cell} of ${perCell}`).toBe(most);
        const part = (used * 255) / (end - cell * perCell);
        expect(Math.abs(found.fill[cell]! - part)).toBeLessThanOrEqual(1);
        expect(found.fill[cell] === 0).toBe(used === 0);
      }
    }
  });

  it('counts every frame once', () => {
    for (const frames of [1, 100, 300_000, 2 ** 22 + 3]) {
      const totals = new SyntheticFrames(frames).totals();
      expect(totals.reduce((sum, one) => sum + one.frames, 0)).toBe(frames);
    }
  });

  it('can change', () => {
    const other = new SyntheticFrames(20_000);
    const { version } = other;
    const before = window(20_000);
    other.read(0, 1, 20_000, before);
    other.change(2);
    const after = window(20_000);
    other.read(0, 1, 20_000, after);
    expect(other.version).toBeGreaterThan(version);
    expect(after.kinds.some((kind, frame) => kind !== before.kinds[frame])).toBe(true);
  });
});
