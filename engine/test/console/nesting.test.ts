import { expect, it } from 'vitest';
import { completeness } from '../../src/console/shell/index.ts';

it.each(['${x:-', '$((', 'f() '])(
  'a line that nests %s 3,000 times is refused, not thrown',
  (piece) => {
    expect(completeness(piece.repeat(3000))).toEqual({ error: 'syntax error: nested too deeply' });
  },
);
