import type { Lesson } from '@pagewalk/lessons/schema.ts';
import { getContext, setContext, untrack } from 'svelte';
import type { Stage } from '#lib/session/stage.ts';

/**
 * The reader's place in the text, and what it has to do with the figure. Reading on moves the
 * figure: the step at the reading line is shown. Moving the figure marks the step that speaks of
 * what it shows, and offers to go there; it never scrolls the page by itself.
 */

interface Place {
  state: string;
  element: HTMLElement;
}

/** The reading line, as a part of the height left for the text. */
const LINE = 0.4;

export class Reader {
  readonly #session: Stage;
  readonly #known: ReadonlyMap<string, { place: string; at: number | 'end' }>;
  #places: Place[] = $state.raw([]);
  /** State of the step at the reading line. */
  #here: string | null = $state(null);
  /** The step that the page is scrolling to by itself: what lies between is not being read. */
  #going: string | null = null;
  /** What covers the top of the text on narrow screens. */
  cover: HTMLElement | null = null;

  constructor(session: Stage, lesson: Lesson) {
    this.#session = session;
    this.#known = new Map(Object.keys(lesson.states).map((name) => [name, session.placeOf(name)]));
  }

  get here(): string | null {
    return this.#here;
  }

  /**
   * The step that speaks of what the figure shows: of those about the machine shown, the one that lies
   * nearest before the position of the player.
   */
  readonly marked: string | null = $derived.by(() => {
    const { position, length, state, place } = this.#session;
    let best: string | null = null;
    let bestAt = -1;
    // A question may hold the machine before the point that the step is about.
    let named: string | null = null;
    for (const { state: name } of this.#places) {
      const known = this.#known.get(name);
      if (known === undefined || known.place !== place) continue;
      const at = known.at === 'end' ? length : known.at;
      if (name === state) named = name;
      if (at > position) continue;
      // Of two steps at one point, the one that the session names.
      if (at > bestAt || (at === bestAt && name === state)) [best, bestAt] = [name, at];
    }
    return best ?? named;
  });

  /** The marked step, when it is not the one being read. */
  get offered(): string | null {
    return this.marked !== null && this.marked !== this.#here ? this.marked : null;
  }

  add(place: Place): () => void {
    // Called by effects, which must not depend on the list that they change.
    untrack(() => {
      this.#places = [...this.#places, place].sort((a, b) =>
        a.element.compareDocumentPosition(b.element) === Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
      );
    });
    return () => {
      this.#places = this.#places.filter((one) => one !== place);
    };
  }

  /** Title of a step: its heading. */
  titleOf(state: string): string {
    const place = this.#places.find((one) => one.state === state);
    return place?.element.querySelector('h2, h3, h4')?.textContent ?? '';
  }

  /** Follows the scrolling; returns what ends it. */
  start(): () => void {
    let asked = 0;
    const look = (): void => {
      asked = 0;
      const here = this.#at();
      if (here === this.#here) return;
      if (this.#going !== null && here !== this.#going) return;
      this.#here = here;
      if (here !== null && here !== this.marked) this.#session.show(here, 'reading');
    };
    const onScroll = (): void => {
      asked ||= requestAnimationFrame(look);
    };
    const arrived = (): void => {
      this.#going = null;
    };
    // Where the page opens says nothing yet: a link may ask for another walk than the text does.
    this.#here = this.#at();
    addEventListener('scroll', onScroll, { passive: true });
    addEventListener('resize', onScroll);
    // The reader's own hand ends it as well, wherever the page has got to.
    const ends = ['scrollend', 'wheel', 'touchstart', 'keydown'] as const;
    for (const end of ends) addEventListener(end, arrived, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', onScroll);
      removeEventListener('resize', onScroll);
      for (const end of ends) removeEventListener(end, arrived);
    };
  }

  /** The last step that begins above the reading line. */
  #at(): string | null {
    const top = this.#covered();
    const line = top + (innerHeight - top) * LINE;
    let found: string | null = null;
    for (const { state, element } of this.#places) {
      if (element.getBoundingClientRect().top > line) break;
      found = state;
    }
    return found ?? this.#places[0]?.state ?? null;
  }

  /** Height at the top of the window that the sticky figure takes from the text. */
  #covered(): number {
    if (this.cover === null || getComputedStyle(this.cover).position !== 'sticky') return 0;
    const figure = this.cover.getBoundingClientRect();
    const text = this.#places[0]?.element.getBoundingClientRect();
    const beside = text !== undefined && figure.left >= text.right;
    return beside ? 0 : Math.max(0, figure.bottom);
  }

  /** Brings a step to the reading line and the focus to it. */
  goTo(state: string): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#going = state;
    this.#scrollTo(state, still ? 'instant' : 'smooth')?.focus({ preventScroll: true });
  }

  /** Opens the page at a step, with no show of it: the reader has been there in another language. */
  resume(state: string): void {
    this.#scrollTo(state, 'instant');
    this.#here = state;
  }

  #scrollTo(state: string, behavior: ScrollBehavior): HTMLElement | undefined {
    const element = this.#places.find((one) => one.state === state)?.element;
    if (element === undefined) return undefined;
    const top = this.#covered();
    const offset = top + (innerHeight - top) * 0.15;
    scrollBy({ top: element.getBoundingClientRect().top - offset, behavior });
    return element;
  }
}

const KEY = Symbol('reader');

export const provideReader = (reader: Reader): Reader => setContext(KEY, reader);

/** The reader of the lesson page; undefined where prose stands without a figure. */
export const getReader = (): Reader | undefined => getContext<Reader | undefined>(KEY);
