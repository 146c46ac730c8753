import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../..', import.meta.url));

it('every custom property that is used is defined somewhere', () => {
  const defined = new Set<string>();
  const used = new Map<string, string>();
  for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(css|svelte|ts)$/.test(name)) continue;
    const text = readFileSync(join(SOURCE, name), 'utf8');
    for (const [, property = ''] of text.matchAll(/(--[a-z][a-z0-9-]*)\s*[:=]/g)) {
      defined.add(property);
    }
    // One with a fallback may be missing.
    for (const [, property = ''] of text.matchAll(/var\((--[a-z][a-z0-9-]*)\)/g)) {
      used.set(property, name);
    }
  }
  expect(defined.size).toBeGreaterThan(40);
  expect([...used].filter(([property]) => !defined.has(property))).toEqual([]);
});
