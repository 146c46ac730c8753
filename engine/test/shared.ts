import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/**
 * Material kept beside the repository (golden answers, real dumps), which is not part of it. Where it
 * is absent the tests that need it are skipped, and say so.
 */
const SHARED = new URL('../../../shared/', import.meta.url);

const pathOf = (name: string): string => fileURLToPath(new URL(name, SHARED));

/** Whether every one of these files of ../shared is there; says on standard error when not. */
export function haveShared(...names: string[]): boolean {
  const missing = names.filter((name) => !existsSync(pathOf(name)));
  if (missing.length > 0) {
    console.warn(`SKIPPED: ${missing.map(pathOf).join(', ')} not found beside the repository`);
  }
  return missing.length === 0;
}

/** The text of a file of ../shared; a `.gz` file as what it holds. */
export function sharedFile(name: string): string {
  const bytes = readFileSync(pathOf(name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The lines of a file of ../shared, without the empty one at its end. */
export const sharedLines = (name: string): string[] =>
  sharedFile(name)
    .split('\n')
    .filter((line) => line !== '');
