/**
 * Memory by a kernel's own physical addresses. The host's are those of the machine; a guest's lead through
 * the nested tables, and where those have nothing, out to the host (kvm/reach.ts).
 */
import { reachByDevice, reachByGuest } from '../kvm/reach';
import { Vm } from '../kvm/vm';
import { read64, write64 } from '../memory';
import { Node } from './node';

/** The host's frame behind one of this kernel's, as its processor reaches it. */
export function reach(node: Node, frame: u32, write: bool): u32 {
  return node.vm == 0 ? frame : reachByGuest(changetype<Vm>(node.vm), frame, write);
}

/** The same as a device of it does, which is the host writing: no exit, no nested entry. */
export function reachForDevice(node: Node, frame: u32): u32 {
  return node.vm == 0 ? frame : reachByDevice(changetype<Vm>(node.vm), frame);
}

export function load64(node: Node, address: u64): u64 {
  if (node.vm == 0) return read64(address);
  const frame = reach(node, <u32>(address >> 12), false);
  return read64(((<u64>frame) << 12) | (address & 0xfff));
}

export function store64(node: Node, address: u64, value: u64): void {
  if (node.vm == 0) {
    write64(address, value);
    return;
  }
  const frame = reach(node, <u32>(address >> 12), true);
  write64(((<u64>frame) << 12) | (address & 0xfff), value);
}
