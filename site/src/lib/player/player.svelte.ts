/** Kinds of steps that a reader can go to, and that the scrubber marks. */
export type EventKind = 'guest' | 'nested' | 'store' | 'end' | 'miss' | 'exit' | 'fault' | 'flush';

/** What can be played: something that moves through its steps. */
export interface Playable {
  readonly position: number;
  readonly length: number;
  /** Whether the engine runs here yet. */
  readonly ready: boolean;
  /** What holds it where it is; null when nothing does. */
  readonly held: unknown;
  /** The kinds that its steps can have, the first being the one that is looked for at first. */
  readonly kinds: readonly EventKind[];
  /** The kind that a step is marked as; null for none. */
  kindOf(step: number): EventKind | null;
  /** Whether a step is of a kind: one step can be of several. */
  isOf(step: number, kind: EventKind): boolean;
  seek(step: number): void;
  step(by: 1 | -1): void;
  next(matches: (step: number) => boolean): number | null;
}

export const SPEEDS = [0.5, 1, 2, 4];

/** A step at speed 1: long enough to read where the token went. */
const STEP_MS = 1400;
const TRAVEL_MS = 380;

/** Moves a session through its steps: by hand, by key, or by itself. */
export class Player {
  readonly session: Playable;
  playing = $state(false);
  speed = $state(1);
  kind: EventKind = $state('end');
  onkeys: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Playable) {
    this.session = session;
    this.kind = session.kinds[0] ?? 'end';
  }

  /** How long data travels in a step. */
  get travel(): number {
    return Math.max(150, Math.min(400, TRAVEL_MS / this.speed));
  }

  get marks(): { step: number; kind: EventKind }[] {
    const marks: { step: number; kind: EventKind }[] = [];
    for (let step = 1; step <= this.session.length; step++) {
      const kind = this.session.kindOf(step);
      if (kind !== null) marks.push({ step, kind });
    }
    return marks;
  }

  /** The kinds that some step is of. */
  get kinds(): EventKind[] {
    const { session } = this;
    const steps = Array.from({ length: session.length }, (_, index) => index + 1);
    return session.kinds.filter((kind) => steps.some((step) => session.isOf(step, kind)));
  }

  nextStep(): number | null {
    return this.session.next((step) => this.session.isOf(step, this.kind));
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
