import type {
  Access,
  AccessKind,
  PageSize,
  Reference,
  TeachingPage,
  Translation,
  WalkAction,
  WalkMachine,
  WalkScenario,
} from '@pagewalk/engine';
import type { Random } from '../random.ts';
import type { Run } from '../schema.ts';
import { PAGES } from './pages.ts';
import { START } from './start.ts';
import type { BitChange, EntryRef } from './words.ts';

/** Drawing what an exercise is about: a machine, an access, perhaps one changed entry. */

export type Mode = WalkMachine['mode'];

const SIZES: readonly PageSize[] = ['4K', '4K', '2M', '1G'];

/** A machine without what plays no part in its mode, so that equal machines are equal. */
function tidy(machine: WalkMachine): WalkMachine {
  if (machine.mode === 'ept') return machine;
  if (machine.mode === 'npt') return { ...machine, ad: false };
  return {
    ...machine,
    hostLevels: START.machine.hostLevels,
    hostPage: START.machine.hostPage,
    ad: false,
  };
}

export const drawMachine = (rng: Random, modes: readonly Mode[]): WalkMachine =>
  tidy({
    ...START.machine,
    mode: rng.pick(modes),
    levels: rng.pick([4, 4, 5]),
    hostLevels: rng.pick([4, 4, 5]),
    guestPage: rng.pick(SIZES),
    hostPage: rng.pick(SIZES),
    ad: rng.below(2) === 1,
  });

/** An access to a page, somewhere in the 4 KiB around its address. */
export const drawAccess = (rng: Random, page: TeachingPage, kind: AccessKind): Access => ({
  gva: page.gva - (page.gva % 4096n) + BigInt(rng.below(512) * 8),
  kind,
  cpl: page.user ? 3 : 0,
});

export const scenarioFor = (
  machine: WalkMachine,
  access: Access,
  actions: WalkAction[] = [],
): WalkScenario => ({ machine, actions, access });

export function drawRead(rng: Random, modes: readonly Mode[]): WalkScenario {
  const machine = drawMachine(rng, modes);
  return scenarioFor(machine, drawAccess(rng, rng.pick(PAGES), 'read'));
}

/** Draws until the draw is fit; the forms are made so that a few draws do. */
export function drawUntil<T>(draw: () => T | undefined): T {
  for (let tries = 0; tries < 1000; tries++) {
    const drawn = draw();
    if (drawn !== undefined) return drawn;
  }
  throw new Error('an exercise form found nothing fit to ask');
}

// Bits by table: the guest and NPT share the ordinary format, EPT has its own.
type Masks = Partial<Record<BitChange['bits'], bigint>>;
const ORDINARY: Masks = {
  P: 0x1n,
  'R/W': 0x2n,
  'U/S': 0x4n,
  A: 0x20n,
  'A+D': 0x60n,
  '51': 0x8_0000_0000_0000n,
  XD: 0x8000_0000_0000_0000n,
};
const EPT: Masks = { R: 0x1n, W: 0x2n, X: 0x4n, RWX: 0x7n, '51': 0x8_0000_0000_0000n };

/** A change to one entry of the walk. */
export interface Edit {
  entry: EntryRef;
  change: BitChange;
}

export function actionOf({ entry, change }: Edit): WalkAction {
  const mask = (entry.table === 'ept' ? EPT : ORDINARY)[change.bits];
  if (mask === undefined) throw new Error(`${entry.table} entries have no ${change.bits}`);
  return change.to === 1 ? { do: 'edit', entry, set: mask } : { do: 'edit', entry, clear: mask };
}

const ORDINARY_CHANGES: readonly BitChange[] = [
  { bits: 'P', to: 0 },
  { bits: 'R/W', to: 0 },
  { bits: 'U/S', to: 0 },
  { bits: 'XD', to: 1 },
  { bits: '51', to: 1 },
];
const EPT_CHANGES: readonly BitChange[] = [
  { bits: 'R', to: 0 },
  { bits: 'W', to: 0 },
  { bits: 'X', to: 0 },
  { bits: 'RWX', to: 0 },
  { bits: '51', to: 1 },
];

/**
 * Whether a walk reads this entry for several rows. Then a question would hang on which of the
 * guest's pages share a host page, which the reader is not told.
 */
export const isShared = ({ hpa }: Reference, { references }: Translation): boolean =>
  references.filter((reference) => reference.hpa === hpa).length > 1;

/**
 * A change to one entry that the walk reads: of the guest's tables, or the leaf of some nested
 * translation, half of the time that of the page. `undefined` where the walk has none of that kind.
 */
function drawEdit(rng: Random, intact: Translation): Edit | undefined {
  const nestedLeaf = ({ table, meaning }: Reference): boolean =>
    table !== 'guest' && meaning === 'page';
  const kinds: ((reference: Reference) => boolean)[] = [
    ({ table }) => table === 'guest',
    (reference) => nestedLeaf(reference) && reference.row === 0,
    (reference) => nestedLeaf(reference) && reference.row > 0,
  ];
  const kind = rng.pick(kinds);
  const fit = intact.references.filter((each) => kind(each) && !isShared(each, intact));
  if (fit.length === 0) return undefined;
  const { table, level, row } = rng.pick(fit);
  const change = rng.pick(table === 'ept' ? EPT_CHANGES : ORDINARY_CHANGES);
  return { entry: { table, level, row }, change };
}

export interface Broken {
  scenario: WalkScenario;
  page: TeachingPage;
  edit: Edit;
  walk: Translation;
}

/** A machine with one entry changed, and an access whose result is one of those wanted. */
export const drawBroken = (
  rng: Random,
  run: Run,
  modes: readonly Mode[],
  isWanted: (result: string) => boolean,
): Broken =>
  drawUntil(() => {
    const machine = drawMachine(rng, modes);
    const page = rng.pick(PAGES);
    const access = drawAccess(rng, page, rng.pick(['read', 'write', 'fetch']));
    const edit = drawEdit(rng, run(scenarioFor(machine, access)));
    if (edit === undefined) return undefined;
    const scenario = scenarioFor(machine, access, [actionOf(edit)]);
    const walk = run(scenario);
    return isWanted(walk.outcome.result) ? { scenario, page, edit, walk } : undefined;
  });
