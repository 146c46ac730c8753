import type { ExerciseItem } from './schema.ts';

/**
 * A code by which an answer can be verified without showing it: the first ten hexadecimal digits of the SHA-256 of
 * lesson, seed, number and answer. Whoever has an answer makes its code and compares.
 */
export async function checkCode(
  item: Pick<ExerciseItem, 'lesson' | 'seed' | 'n' | 'answer'>,
): Promise<string> {
  const text = [item.lesson, item.seed, item.n, item.answer].join('\n');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest).slice(0, 5)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
