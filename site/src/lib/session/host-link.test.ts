import { describe, expect, it } from 'vitest';
import { formatHost, parseHost } from './host-link.ts';

describe('a host in the address bar', () => {
  it('is a state of the lesson and a step', () => {
    expect(formatHost('low', 2, null)).toBe('state=low&step=2');
    expect(parseHost('#state=low&step=2')).toEqual({
      state: 'low',
      step: 2,
      own: null,
      bad: false,
    });
  });
  it('has the reader\u2019s own lines, as they were typed', () => {
    const own = ['dd if=/dev/zero of=/dev/shm/a&b bs=1M # 50%', 500, 'free -m'];
    const link = formatHost('low', 2, own);
    expect(link).not.toContain('state=');
    expect(parseHost(link).own).toEqual(own);
  });
  it('with lines that are none is refused, whatever they are', () => {
    for (const lines of ['[', '5', '[""]', '[-1]', '[{}]', '["a",1.5]', `["${'x'.repeat(201)}"]`]) {
      expect(parseHost(`lines=${encodeURIComponent(lines)}`), lines).toMatchObject({
        own: null,
        bad: true,
      });
    }
    const many = JSON.stringify(Array.from({ length: 41 }, () => 'true'));
    expect(parseHost(`lines=${encodeURIComponent(many)}`).bad).toBe(true);
    expect(parseHost('step=x&theme=dark')).toEqual({
      state: null,
      step: null,
      own: null,
      bad: false,
    });
  });
});
