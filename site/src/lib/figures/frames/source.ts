/**
 * What the map of memory is drawn from. Whoever has frames can give them: the map asks for windows of
 * memory, a few at a time, and never for one pixel.
 */

/** What a frame holds; their order is that of the numbers in `FrameWindow.kinds`. */
export const FRAME_KINDS = [
  'free',
  'reserved',
  'kernel',
  'table',
  'kvm-table',
  'anonymous',
  'file',
  'hugetlb-free',
  'hugetlb-reserved',
  'hugetlb-used',
  'ksm',
  'swap-cache',
  'balloon',
] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** The number of a kind, as windows have it. */
export const KIND_NUMBER = Object.fromEntries(
  FRAME_KINDS.map((kind, number) => [kind, number]),
) as Record<FrameKind, number>;

export const FRAME_BYTES = 4096;

/** A cell's answers, one array each. */
export interface FrameWindow {
  kinds: Uint8Array;
  owners: Uint8Array;
  fill: Uint8Array;
}

/** One frame, in the raw material of words. */
export interface FrameInfo {
  kind: FrameKind;
  /** The guest's name. */
  owner: string | null;
  detail: Record<string, string | number>;
}

/** Answers for windows of memory; cheap at any zoom. */
export interface FrameSource {
  /** Frames of the host. */
  readonly frames: number;
  /**
   * Increases whenever the machine changed, so that caches know. The map reads it in an effect: where it
   * is a getter of state, the map follows by itself.
   */
  readonly version: number;
  /**
   * For `cells` cells of `perCell` frames each from frame `first`: into kinds[i] the index in FRAME_KINDS of
   * the kind that most of the cell's frames have (not free, if any is not: the most frequent of the others),
   * into owners[i] the owner (0 nobody, 1.. guest number), into fill[i] 0..255 how much of the cell is not
   * free. `first` is a multiple of `perCell`; the last cell may reach beyond the last frame.
   */
  read(first: number, perCell: number, cells: number, out: FrameWindow): void;
  /** One frame, for the inspector. */
  frame(number: number): FrameInfo;
}

/** Frames that are told from the others: of a kind, and of a guest where one is named. */
export interface FrameChoice {
  kind: FrameKind;
  owner?: string | undefined;
}
