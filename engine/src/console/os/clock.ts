/** The time of a system: the machine's own clock. */
export interface Clock {
  /** Milliseconds since the machine started. */
  readonly now: number;
  /** Milliseconds since 1970-01-01, as the system believes. */
  readonly wall: number;
  /** Lets the machine run; everything on it goes on meanwhile. */
  advance(milliseconds: number): void;
}
