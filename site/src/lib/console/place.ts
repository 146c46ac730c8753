/** Where a card stands beside the number that it is about. */

/** Pixels from the frame's edges; of top and bottom one is null. */
export interface Place {
  readonly left: number;
  readonly top: number | null;
  readonly bottom: number | null;
}

/** How wide a card becomes, and how far from its number it stands. */
const WIDTH = 352;
const APART = 16;
/** Of the frame, left and right. */
const EDGES = 2;
/** Numbers whose upper edges differ by less stand in one line. */
const SAME_LINE = 4;

/** Right of the number where nothing else stands there to be pointed at; below or above it otherwise. */
export function placeOf(number: HTMLElement, frame: HTMLElement, others: Iterable<Element>): Place {
  const at = number.getBoundingClientRect();
  const box = frame.getBoundingClientRect();
  const isLow = at.top - box.top > box.height / 2;
  const isLast = [...others].every((other) => {
    const { left, top } = other.getBoundingClientRect();
    return left <= at.left || Math.abs(top - at.top) >= SAME_LINE;
  });
  if (isLast && at.right + APART + WIDTH <= box.right) {
    return {
      left: at.right - box.left + APART,
      top: isLow ? null : at.top - box.top,
      bottom: isLow ? box.bottom - at.bottom : null,
    };
  }
  return {
    left: Math.max(0, Math.min(at.left - box.left, box.width - WIDTH - EDGES)),
    top: isLow ? null : at.bottom - box.top,
    bottom: isLow ? box.bottom - at.top : null,
  };
}

/** Of CSS; none where there is no value. */
export const lengthOf = (pixels: number | null | undefined): string | undefined =>
  pixels === null || pixels === undefined ? undefined : `${pixels}px`;
