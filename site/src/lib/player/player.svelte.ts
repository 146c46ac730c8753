import type { WalkSession } from '#lib/session/session.svelte.ts';

/** Kinds of events that a reader can go to, and that the scrubber marks. */
export const EVENT_KINDS = ['guest', 'nested', 'store', 'end'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const SPEEDS = [0.5, 1, 2, 4];

/** A step at speed 1: long enough to read where the token went. */
const STEP_MS = 1400;
const TRAVEL_MS = 380;

/** Moves a session through its steps: by hand, by key, or by itself. */
export class Player {
  readonly session: WalkSession;
  playing = $state(false);
  speed = $state(1);
  kind: EventKind = $state('guest');
  onkeys: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: WalkSession) {
    this.session = session;
  }

  /** How long data travels in a step. */
  get travel(): number {
    return Math.max(150, Math.min(400, TRAVEL_MS / this.speed));
  }

  /** The kind of the event at a step; null for a step of no such kind. */
  kindOf(step: number): EventKind | null {
    const event = this.session.translation.events[step - 1];
    if (event === undefined) return step === this.session.length ? 'end' : null;
    if (event.kind === 'store') return 'store';
    if (event.reference.table === 'guest') return 'guest';
    return event.reference.meaning === 'page' ? 'nested' : null;
  }

  get marks(): { step: number; kind: EventKind }[] {
    const marks: { step: number; kind: EventKind }[] = [];
    for (let step = 1; step <= this.session.length; step++) {
      const kind = this.kindOf(step);
      if (kind !== null) marks.push({ step, kind });
    }
    return marks;
  }

  nextStep(): number | null {
    return this.session.next((step) => this.kindOf(step) === this.kind);
  }

  next(): void {
    const step = this.nextStep();
    if (step !== null) this.seek(step);
  }

  seek(step: number): void {
    this.pause();
    this.session.seek(step);
  }

  toStart(): void {
    this.seek(0);
  }

  toEnd(): void {
    this.seek(this.session.length);
  }

  forth(): void {
    this.pause();
    this.session.step(1);
  }

  back(): void {
    this.pause();
    this.session.step(-1);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (!this.session.ready) return;
    if (this.session.position === this.session.length) this.session.seek(0);
    this.playing = true;
    this.#tick();
  }

  pause(): void {
    this.playing = false;
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const { session } = this;
    const before = session.position;
    session.step(1);
    // At the end, or held by a question, there is nothing more to play.
    if (session.position === before || session.position === session.length) {
      this.pause();
      return;
    }
    this.#timer = setTimeout(() => this.#tick(), STEP_MS / this.speed);
  }

  /** Acts on a key pressed inside the figure; false when it means nothing here. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const target = event.target as HTMLElement;
    const typing = target.matches('input:not([type=range]), select, textarea');
    if (typing) return false;
    const onButton = target.matches('button, summary, a');
    switch (event.key) {
      case 'ArrowRight':
        this.forth();
        return true;
      case 'ArrowLeft':
        this.back();
        return true;
      case 'Home':
        this.toStart();
        return true;
      case 'End':
        this.toEnd();
        return true;
      case ' ':
        // On a button, Space presses the button.
        if (onButton) return false;
        this.toggle();
        return true;
      case 'n':
        this.next();
        return true;
      case '?':
        this.onkeys();
        return true;
      default:
        return false;
    }
  }
}
