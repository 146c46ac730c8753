/** From a page to who maps it (Linux mm/rmap.c). */
import { Node } from './node';
import { ANON, KSM, pageAt } from './page';
import { P, Space, entryOf, frameOf } from './space';
import { KsmItem, StableNode } from './ksm-records';

@unmanaged
export class Mapper {
  space: Space;
  page: u32;
}

const mapper: Mapper = changetype<Mapper>(memory.data(offsetof<Mapper>(), 8));
let sought: u32 = 0;
let item: KsmItem | null = null;
let alone: bool = false;

/** Begins to go through who maps a page; `nextMapper` gives one after the other. */
export function mappersOf(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  sought = frame;
  item = null;
  alone = false;
  if (page.maps == 0) return;
  if (page.kind == ANON) {
    mapper.space = changetype<Space>(<usize>page.owner);
    mapper.page = page.index;
    alone = true;
  } else if (page.kind == KSM) item = changetype<StableNode>(<usize>page.owner).first;
}

/** The next one, or null. Only what is asked about it may change meanwhile. */
export function nextMapper(): Mapper | null {
  if (alone) {
    alone = false;
    return mapper;
  }
  while (item !== null) {
    const here = item!;
    item = here.next;
    const entry = entryOf(here.space, here.page);
    if ((entry & P) == 0 || frameOf(entry) != sought) continue;
    mapper.space = here.space;
    mapper.page = here.page;
    return mapper;
  }
  return null;
}
