/**
 * virtio-balloon, the host's side (QEMU hw/virtio/virtio-balloon.c): the guest names pages of 4 KiB that
 * it gives up, by number, and the host drops what is behind them. A page taken back needs nothing: it
 * comes, zeroed, at its next touch.
 */
import { DEFLATE, INFLATE, about, happened } from '../events';
import { discard } from '../kvm/memslot';
import { Vm } from '../kvm/vm';
import { reserveRecord } from '../memory';
import { HUGETLB_1G, HUGETLB_2M, kindAt } from '../mm/space';

@unmanaged
export class Balloon {
  vm: Vm;
  /** Pages in it (`actual` of the device's configuration), and how many the host asked for. */
  actual: u32;
  wanted: u32;
  /**
   * Where the host's pages are large: the one of which some pieces are in the balloon, + 1, which ones,
   * and how many.
   */
  partial: u64;
  pieces: usize;
  count: u32;
}

const PIECES: u64 = 512;

export function newBalloon(vm: Vm): Balloon {
  const balloon = changetype<Balloon>(reserveRecord(offsetof<Balloon>()));
  balloon.vm = vm;
  balloon.pieces = reserveRecord(<usize>(PIECES >> 3));
  return balloon;
}

/**
 * A page of the inflate queue (balloon_inflate_page()). In memory of large pages one is dropped only when
 * all its pieces came in one row; a piece of another begins anew. Of 1 GiB pages none is dropped here:
 * no guest gives 262,144 pieces of one in a row.
 */
export function inflatePage(balloon: Balloon, gfn: u64): void {
  const vm = balloon.vm;
  balloon.actual++;
  about(vm.index, 0);
  happened(INFLATE, 0, 0, 0, gfn, 0);
  const kind = kindAt(vm.space, <u32>gfn);
  if (kind == HUGETLB_1G) return;
  if (kind != HUGETLB_2M) {
    discard(vm, gfn, 1);
    return;
  }
  const large = gfn / PIECES;
  if (balloon.partial != large + 1) {
    balloon.partial = large + 1;
    balloon.count = 0;
    memory.fill(balloon.pieces, 0, <usize>(PIECES >> 3));
  }
  const piece = <u32>(gfn % PIECES);
  const at = balloon.pieces + <usize>(piece >> 3);
  const bit: u8 = <u8>((<u32>1) << (piece & 7));
  if ((load<u8>(at) & bit) != 0) return;
  store<u8>(at, load<u8>(at) | bit);
  if (++balloon.count < PIECES) return;
  discard(vm, large * PIECES, PIECES);
  balloon.partial = 0;
}

/** A page of the deflate queue; a large page of which it was a piece is no longer on its way out. */
export function deflatePage(balloon: Balloon, gfn: u64): void {
  balloon.actual--;
  about(balloon.vm.index, 0);
  happened(DEFLATE, 0, 0, 0, gfn, 0);
  if (balloon.partial == gfn / PIECES + 1) balloon.partial = 0;
}
