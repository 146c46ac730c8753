/** What the page of a lesson about a host has beside the others: fetched for such a lesson only. */
export { HostStage } from '#lib/session/host-stage.svelte.ts';
export { default as HostLessonFigure } from './HostLessonFigure.svelte';
