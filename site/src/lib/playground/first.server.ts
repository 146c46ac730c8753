import { Run, hostViewOf, outlineOf, readScenario, viewOf } from '@pagewalk/engine';
import type { ScenarioInput } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import type { FirstRun } from '#lib/session/run-session.svelte.ts';

/** Runs a page's scenario to where the page begins, while the site is built. */
export async function firstRun(input: ScenarioInput, step: number): Promise<FirstRun> {
  const scenario = readScenario(input);
  const run = new Run(await loadKvm(), scenario);
  run.seek(step);
  const first = { scenario, step, view: viewOf(run), host: hostViewOf(run) };
  return { ...first, outline: outlineOf(run) };
}
