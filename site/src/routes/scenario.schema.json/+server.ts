import { scenarioJsonSchema } from '@pagewalk/engine';

export const prerender = true;

/** The JSON Schema of a scenario, for editors and programs that make one. */
export function GET(): Response {
  return new Response(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`, {
    headers: { 'content-type': 'application/schema+json' },
  });
}
