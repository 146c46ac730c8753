import { FORMS, series } from '../walks/forms.ts';
import type { FormName } from '../walks/forms.ts';

/** Exercises on the two-dimensional walk, and on the one-dimensional one beside it. */
export const exercise = series('ept-and-npt', Object.keys(FORMS) as FormName[], [
  'native',
  'ept',
  'npt',
]);
