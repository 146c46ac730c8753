import { lookOf } from './looks.ts';
import { FRAME_KINDS } from './source.ts';
import type { FrameChoice } from './source.ts';

/**
 * The colours of cells as numbers to be written into pictures. A picture's pixel is one 32-bit number here,
 * whose bytes are red, green, blue and alpha in memory's order, whatever order the processor reads them in.
 */

export type Rgb = readonly [number, number, number];

/** So many depths of colour between a cell that is nearly free and a full one. */
const DEPTHS = 32;
/** A cell with one frame in use of thousands must not look free. */
const FAINTEST = 0.3;
/** What is not of the chosen kind steps back this far. */
const DIMMED = 0.16;
/** Numbers of owners are bytes. */
const OWNERS = 256;

/**
 * Turns colours of CSS, tokens and mixtures among them, into numbers, as they are for this element now; a
 * change of theme needs another reader.
 */
export function colourReader(probe: HTMLElement): (css: string) => Rgb {
  const known = new Map<string, Rgb>();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pixel = canvas.getContext('2d', { willReadFrequently: true })!;
  return (css) => {
    let colour = known.get(css);
    if (colour === undefined) {
      // The browser resolves variables for an element, and any notation of colour on a canvas.
      probe.style.color = css;
      pixel.fillStyle = getComputedStyle(probe).color;
      pixel.fillRect(0, 0, 1, 1);
      const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
      colour = [red!, green!, blue!];
      known.set(css, colour);
    }
    return colour;
  };
}

export const blend = (over: Rgb, part: number, under: Rgb): Rgb => [
  Math.round(over[0] * part + under[0] * (1 - part)),
  Math.round(over[1] * part + under[1] * (1 - part)),
  Math.round(over[2] * part + under[2] * (1 - part)),
];

/** One pixel as a picture's 32-bit number. */
export function pixelOf([red, green, blue]: Rgb): number {
  return new Uint32Array(new Uint8ClampedArray([red, green, blue, 255]).buffer)[0]!;
}

/** Whether a cell is of what was chosen; all are, where nothing was. `owner` is the chosen one's number. */
export const isChosen = (
  kind: number,
  owner: number,
  choice: { kind: number; owner: number | null } | null,
): boolean =>
  choice === null || (choice.kind === kind && (choice.owner === null || choice.owner === owner));

/** A chosen kind and guest by their numbers; null where nothing is chosen. */
export function choiceNumbers(
  choice: FrameChoice | null,
  owners: readonly string[],
): { kind: number; owner: number | null } | null {
  if (choice === null) return null;
  return {
    kind: FRAME_KINDS.indexOf(choice.kind),
    owner: choice.owner === undefined ? null : owners.indexOf(choice.owner) + 1,
  };
}

export interface Palette {
  /** colours[rows[kind × 256 + owner] + depths[fill]] is the pixel of a cell. */
  colours: Uint32Array;
  rows: Uint32Array;
  depths: Uint8Array;
}

/**
 * The pixels of all cells there can be: of each kind and owner, from nearly free to full. Owners beyond
 * `guests` look like nobody.
 */
export function makePalette(
  read: (css: string) => Rgb,
  guests: number,
  choice: { kind: number; owner: number | null } | null,
): Palette {
  const owners = guests + 1;
  const colours = new Uint32Array(FRAME_KINDS.length * owners * DEPTHS);
  const rows = new Uint32Array(256 * OWNERS);
  const free = read('var(--frame-free)');
  const paper = read('var(--paper)');
  for (const [kind, name] of FRAME_KINDS.entries()) {
    for (let owner = 0; owner < owners; owner++) {
      const row = (kind * owners + owner) * DEPTHS;
      const full = read(lookOf(name, owner).fill);
      const chosen = isChosen(kind, owner, choice);
      for (let depth = 0; depth < DEPTHS; depth++) {
        const part = FAINTEST + (1 - FAINTEST) * (depth / (DEPTHS - 1));
        const colour = blend(full, part, free);
        colours[row + depth] = pixelOf(chosen ? colour : blend(colour, DIMMED, paper));
      }
    }
    for (let owner = 0; owner < OWNERS; owner++) {
      const known = owner < owners ? owner : 0;
      rows[kind * OWNERS + owner] = (kind * owners + known) * DEPTHS;
    }
  }
  const depths = Uint8Array.from({ length: 256 }, (_, fill) =>
    Math.round((fill / 255) * (DEPTHS - 1)),
  );
  return { colours, rows, depths };
}
