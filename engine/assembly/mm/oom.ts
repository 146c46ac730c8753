/**
 * The killer of last resort (Linux mm/oom_kill.c): whoever has most memory, resident, swapped or in page
 * tables, adjusted by oom_score_adj, goes.
 */
import { KILL, happened } from '../events';
import { exit } from './exit';
import { Node } from './node';
import { Space } from './space';
import { swapTotal } from './swap';

/** Points of a process: pages, and thousandths of all memory for its adjustment (oom_badness()). */
export function badness(space: Space): i64 {
  if (space.dead || space.oomAdjust == -1000) return i64.MIN_VALUE;
  const node = space.node;
  const all = <i64>node.managed + <i64>swapTotal(node);
  const used = <i64>space.rss + <i64>space.swapped + <i64>space.tables;
  return used + (<i64>space.oomAdjust * all) / 1000;
}

/** Kills the process of most points; false where there is none. */
export function killOne(node: Node): bool {
  let chosen: Space | null = null;
  let most = i64.MIN_VALUE;
  for (let space = node.firstSpace; space !== null; space = space!.next) {
    const points = badness(space);
    if (points == i64.MIN_VALUE) continue;
    if (chosen === null || points > most) {
      chosen = space;
      most = points;
    }
  }
  if (chosen === null) return false;
  node.stat.oom_kill++;
  happened(KILL, 0, chosen.number, <u64>most, 0, chosen.rss);
  chosen.dead = true;
  exit(chosen);
  return true;
}
