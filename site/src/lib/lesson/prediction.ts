import { getContext, setContext } from 'svelte';

/** What a question and its choices share. */
export interface PredictionContext {
  /** Name of the group of radio buttons. */
  readonly name: string;
  readonly chosen: string | undefined;
  /** Id of what the machine did, once the reader has committed. */
  readonly expected: string | undefined;
  readonly disabled: boolean;
  choose(value: string): void;
}

const KEY = Symbol('prediction');

export const providePrediction = (context: PredictionContext): void => {
  setContext(KEY, context);
};

export const getPrediction = (): PredictionContext | undefined =>
  getContext<PredictionContext | undefined>(KEY);
